# What the mocked provider says of values that only ClickHouse Cloud knows: nothing that a configuration here reads.
