// Offers words under the caret of the question box. Arrows choose, Tab takes (the first, if none is chosen), Enter takes a chosen one, Escape hides.
const BOX = '[data-testid=stChatInputTextArea]';
const MOST = 6;
const HAN = /[\u4e00-\u9fff]/;
const LONGEST = 24;

// The offers for what stands before the caret, each with how many characters of it they replace: the longest ending that begins words.
function offersFor(before, terms) {
  for (let length = Math.min(LONGEST, before.length); length > 0; length -= 1) {
    const ending = before.slice(-length).toLowerCase();
    const han = HAN.test(ending);
    const inside = /[a-z0-9]$/i.test(before.slice(0, -length));
    if (ending.trim() !== ending || (!han && (ending.length < 2 || inside))) continue;
    const found = terms.filter(([word]) => word.length > ending.length && word.toLowerCase().startsWith(ending));
    if (found.length) return found.slice(0, MOST).map(([word, kind]) => ({ word, kind, length }));
  }
  return [];
}

export default function (component) {
  const { data, parentElement } = component;
  const list = parentElement.querySelector('#offers');
  list.setAttribute('aria-label', data.label);
  let offers = [];
  let chosen = -1;

  const box = () => document.querySelector(BOX);
  const hide = () => { offers = []; chosen = -1; list.replaceChildren(); list.style.display = 'none'; };
  const mark = () => [...list.children].forEach((each, at) => each.setAttribute('aria-selected', String(at === chosen)));

  const take = (offer) => {
    const area = box();
    const at = area.selectionStart;
    const text = area.value.slice(0, at - offer.length) + offer.word + area.value.slice(at);
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(area, text);
    hide();
    area.dispatchEvent(new Event('input', { bubbles: true }));
    const caret = at - offer.length + offer.word.length;
    area.focus();
    area.setSelectionRange(caret, caret);
    hide();
  };

  const show = () => {
    const area = box();
    list.replaceChildren(...offers.map((offer) => {
      const option = document.createElement('div');
      option.setAttribute('role', 'option');
      const kind = document.createElement('span');
      kind.textContent = offer.kind;
      option.append(document.createTextNode(offer.word), kind);
      option.addEventListener('mousedown', (event) => { event.preventDefault(); take(offer); });
      return option;
    }));
    mark();
    const place = area.getBoundingClientRect();
    list.style.left = `${place.left}px`;
    list.style.bottom = `${window.innerHeight - place.top + 10}px`;
    list.style.display = 'block';
  };

  const typed = (event) => {
    if (!event.target.matches?.(BOX) || event.isComposing) return;
    offers = offersFor(event.target.value.slice(0, event.target.selectionStart), data.terms);
    chosen = -1;
    if (offers.length) show(); else hide();
  };

  const pressed = (event) => {
    if (!offers.length || !event.target.matches?.(BOX) || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) chosen = (chosen + step + offers.length + (chosen < 0 && step < 0 ? 1 : 0)) % offers.length;
    else if (event.key === 'Tab' && !event.shiftKey) take(offers[Math.max(chosen, 0)]);
    else if (event.key === 'Enter' && chosen >= 0) take(offers[chosen]);
    else {
      if (event.key === 'Enter' || event.key === 'Escape') hide();
      return;
    }
    mark();
    event.preventDefault();
    event.stopPropagation();
  };

  const left = (event) => { if (event.target.matches?.(BOX)) hide(); };
  hide();
  document.addEventListener('input', typed, true);
  document.addEventListener('keydown', pressed, true);
  document.addEventListener('focusout', left, true);
  if (box() && document.activeElement === box()) typed({ target: box() }); // typed before this was there
  return () => {
    document.removeEventListener('input', typed, true);
    document.removeEventListener('keydown', pressed, true);
    document.removeEventListener('focusout', left, true);
  };
}
