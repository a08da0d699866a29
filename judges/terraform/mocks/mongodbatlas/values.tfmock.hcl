# What the mocked provider says of values that only Atlas knows: nothing that a configuration here reads.
