"""What a statement may consist of. A node or a function that is not listed here is refused."""

from __future__ import annotations

from sqlglot import exp

_SYNTAX = (
    exp.Select, exp.Union, exp.Except, exp.Intersect, exp.Subquery, exp.From, exp.Join, exp.Table, exp.TableAlias, exp.Unnest, exp.Values,
    exp.Lateral, exp.Pivot, exp.PivotAlias, exp.UnpivotColumns, exp.TableSample,
    exp.Where, exp.Group, exp.Rollup, exp.Cube, exp.GroupingSets, exp.Having, exp.Qualify, exp.Order, exp.Ordered, exp.Limit, exp.Offset,
    exp.Fetch, exp.Distinct, exp.Window, exp.WindowSpec, exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls,
    exp.Alias, exp.Identifier, exp.Column, exp.Columns, exp.Star, exp.Literal, exp.RawString, exp.ByteString, exp.Boolean, exp.Null, exp.Var, exp.Dot,
    exp.DataType, exp.DataTypeParam, exp.ColumnDef, exp.Interval, exp.Paren, exp.Tuple, exp.Array, exp.Struct, exp.ToMap, exp.PropertyEQ,
    exp.Bracket, exp.Slice, exp.Lambda, exp.Comprehension,
    exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript, exp.JSONPathWildcard,
)  # fmt: skip
_OPERATORS = (
    exp.And, exp.Or, exp.Xor, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.In,
    exp.Between, exp.Like, exp.ILike, exp.Escape, exp.SimilarTo, exp.Glob, exp.RegexpLike, exp.RegexpFullMatch, exp.Exists, exp.Any, exp.All,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Pow, exp.DPipe, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor,
    exp.BitwiseNot, exp.BitwiseLeftShift, exp.BitwiseRightShift, exp.Collate, exp.AtTimeZone, exp.Case, exp.If, exp.Cast, exp.TryCast,
    exp.Try, exp.JSONExtract, exp.JSONExtractScalar, exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps,
)  # fmt: skip
_AGGREGATES = (
    exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Mode, exp.Stddev, exp.StddevSamp, exp.StddevPop,
    exp.Variance, exp.VariancePop, exp.Corr, exp.CovarPop, exp.CovarSamp, exp.Quantile, exp.PercentileCont, exp.PercentileDisc,
    exp.ApproxDistinct, exp.ApproxQuantile, exp.ApproxTopK, exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.First, exp.Last, exp.LogicalAnd,
    exp.LogicalOr, exp.GroupConcat, exp.ArrayAgg, exp.Skewness, exp.Kurtosis, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.BitwiseXorAgg,
    exp.RegrSlope, exp.RegrIntercept, exp.RegrR2, exp.RegrAvgx, exp.RegrAvgy, exp.RegrCount, exp.RegrSxx, exp.RegrSxy, exp.RegrSyy,
    exp.Grouping, exp.GroupingId, exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue, exp.NthValue,
)  # fmt: skip
# Not here, because a short call can fill the memory or cannot be interrupted: repeat, lpad, rpad, format, levenshtein.
_SCALARS = (
    exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Sign, exp.Round, exp.Floor, exp.Ceil, exp.Trunc, exp.Sqrt, exp.Cbrt,
    exp.Exp, exp.Ln, exp.Log, exp.IsNan, exp.IsInf, exp.Pi, exp.WidthBucket, exp.Sin, exp.Cos, exp.Tan, exp.Asin, exp.Acos, exp.Atan,
    exp.Atan2, exp.Degrees, exp.Radians, exp.Rand,
    exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Left, exp.Right, exp.Concat, exp.ConcatWs, exp.Replace, exp.Reverse,
    exp.Contains, exp.StartsWith, exp.EndsWith, exp.StrPosition, exp.SplitPart, exp.Split, exp.RegexpExtract, exp.RegexpExtractAll,
    exp.RegexpReplace, exp.RegexpSplit, exp.RegexpCount, exp.RegexpILike, exp.Translate, exp.Ascii, exp.Chr, exp.Unicode, exp.MD5, exp.SHA,
    exp.SHA2, exp.Hex, exp.Initcap, exp.JarowinklerSimilarity, exp.Encode, exp.Decode,
    exp.TimestampTrunc, exp.DateTrunc, exp.Extract, exp.DateDiff, exp.DateAdd, exp.DateSub, exp.TsOrDsAdd, exp.Year, exp.Quarter,
    exp.Month, exp.Week, exp.WeekOfYear, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfYear, exp.Hour, exp.Minute,
    exp.Second, exp.Dayname, exp.Monthname, exp.LastDay, exp.DateFromParts, exp.TimestampFromParts, exp.TimeFromParts, exp.TimeToStr,
    exp.StrToTime, exp.StrToDate, exp.TimeToUnix, exp.UnixToTime,
    exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Localtime, exp.Localtimestamp, exp.DateBin, exp.ToDays, exp.Date,
    exp.Explode, exp.GenerateSeries, exp.ArrayContains, exp.ArraySize, exp.ArraySort, exp.ArrayDistinct, exp.ArrayFilter,
    exp.Transform, exp.ArrayConcat, exp.ArrayAppend, exp.ArrayPrepend, exp.ArrayReverse, exp.ArrayPosition, exp.ArraySlice,
    exp.ArrayIntersect, exp.ArrayToString, exp.ArrayMax, exp.ArrayMin, exp.ArrayFirst, exp.ArrayLast, exp.ArraySum, exp.Flatten,
    exp.CosineDistance, exp.EuclideanDistance,
    exp.StructExtract, exp.Map, exp.MapKeys, exp.MapFromEntries, exp.MapSize,
    exp.JSONArray, exp.JSONObject, exp.JSONKeyValue, exp.FromJson, exp.JSONKeys, exp.JSONType, exp.ParseJSON, exp.JSONExtractArray,
    exp.JSONArrayContains,
    exp.Typeof,
)  # fmt: skip
NODES: frozenset[type[exp.Expr]] = frozenset((*_SYNTAX, *_OPERATORS, *_AGGREGATES, *_SCALARS))

# Functions of the engine for which the parser has no class of its own, by their names in lower case.
_NAMES = """
acosh age aggregate ago apply arbitrary arg_max_null arg_min_null array_aggr array_aggregate array_apply array_cosine_similarity array_distance
array_extract array_grade_up array_has_all array_has_any array_indexof array_inner_product array_pop_back array_pop_front array_push_back
array_push_front array_reverse_sort array_select array_sort array_to_json array_transform array_unique array_value array_where array_zip asinh
atanh bin bit_count bit_length cardinality century constant_or_null cosh cot count_star current_localtime current_localtimestamp date_part
date_sub datepart datesub days_in_month decade element_at entropy enum_code enum_first enum_last enum_range epoch_ns epoch_us era even favg fdiv
fmod format_bytes formatreadablesize from_json_strict fsum gamma gcd generate_subscripts geomean geometric_mean get_current_timestamp grade_up
greatest_common_divisor hamming hash histogram ifnull isfinite isoyear jaccard jaro_similarity json json_array_length json_contains json_exists
json_group_array json_group_object json_merge_patch json_pretty json_quote json_structure json_transform json_transform_strict json_valid
json_value julian kahan_sum kurtosis_pop lcm least_common_multiple left_grapheme length_grapheme lgamma list list_aggr list_aggregate
list_any_value list_append list_apply list_approx_count_distinct list_avg list_bool_and list_bool_or list_cat list_cosine_similarity list_count
list_distance list_element list_entropy list_extract list_first list_grade_up list_has_all list_has_any list_histogram list_indexof
list_inner_product list_intersect list_kurtosis list_last list_mad list_max list_median list_min list_mode list_pack list_position list_prepend
list_product list_reverse list_reverse_sort list_select list_sem list_skewness list_slice list_sort list_stddev_pop list_stddev_samp
list_string_agg list_sum list_unique list_var_pop list_var_samp list_where list_zip mad make_timestamp_ms make_timestamp_ns make_timestamptz
map_concat map_contains map_contains_entry map_contains_value map_entries map_extract map_extract_value map_values md5_number mean microsecond
millennium millisecond mismatches nanosecond nextafter nfc_normalize normalized_interval now null_if octet_length ord parse_dirname
parse_filename parse_path pg_typeof prefix product regexp_escape regexp_split_to_array regexp_split_to_table reservoir_quantile right_grapheme
round_even roundbankers row row_to_json sem signbit sinh strip_accents strlen struct_concat struct_contains struct_extract_at struct_has
struct_indexof struct_insert struct_keys struct_pack struct_position struct_update struct_values substring_grapheme suffix sumkahan switch tanh
timezone timezone_hour timezone_minute to_base to_centuries to_decades to_hours to_json to_microseconds to_millennia to_milliseconds to_minutes
to_months to_quarters to_seconds to_weeks to_years transaction_timestamp try_strptime union_extract union_tag union_value url_decode url_encode
wavg weekday weighted_avg xor yearweek
"""
FUNCTIONS = frozenset(_NAMES.split())

# Functions whose result changes from one run to the next although the data do not.
VOLATILE = (exp.Rand, exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Localtime, exp.Localtimestamp, exp.TableSample)
VOLATILE_NAMES = frozenset(
    ("now", "today", "age", "ago", "transaction_timestamp", "get_current_timestamp", "current_localtimestamp", "current_localtime")
)
