terraform {
  required_version = ">= 1.11.0"

  required_providers {
    clickhouse = {
      source  = "ClickHouse/clickhouse"
      version = ">= 3.25.3, < 4.0.0"
    }
  }
}
