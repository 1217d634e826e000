"""The shop wholesale: orders, suppliers and parts of a wholesaler, 1992 to 1998, as the benchmark TPC-H makes them up."""
