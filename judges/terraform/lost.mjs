// What the packages lost of the providers' schemas, by provider.
//
// computed:  arguments that the provider fills in when they are left out. Only what a plan or a mock makes visible
//            matters here.
// sensitive: values that Terraform hides.
export const lost = {
  aws: {
    computed: {
      "*": ["id", "region", "tags_all"],
      aws_cloudwatch_log_group: ["name", "name_prefix"],
      aws_db_instance: [
        "allocated_storage", "availability_zone", "backup_retention_period", "backup_window", "ca_cert_identifier",
        "character_set_name", "database_insights_mode", "db_name", "db_subnet_group_name", "engine",
        "engine_lifecycle_support", "engine_version", "identifier", "identifier_prefix", "iops", "kms_key_id",
        "license_model", "maintenance_window", "master_user_secret_kms_key_id", "monitoring_role_arn", "multi_az",
        "nchar_character_set_name", "network_type", "option_group_name", "parameter_group_name",
        "performance_insights_kms_key_id", "performance_insights_retention_period", "port", "replica_mode",
        "snapshot_identifier", "storage_throughput", "storage_type", "timezone", "username", "vpc_security_group_ids",
      ],
      aws_db_parameter_group: ["name", "name_prefix"],
      aws_db_subnet_group: ["name", "name_prefix"],
      aws_elasticache_parameter_group: ["description"],
      aws_elasticache_replication_group: [
        "apply_immediately", "at_rest_encryption_enabled", "cluster_mode", "engine", "engine_version", "kms_key_id",
        "maintenance_window", "node_type", "num_cache_clusters", "num_node_groups", "parameter_group_name",
        "replicas_per_node_group", "security_group_ids", "snapshot_window", "subnet_group_name", "transit_encryption_enabled",
        "transit_encryption_mode",
      ],
      aws_elasticache_user: ["passwords"],
      aws_flow_log: ["log_destination", "log_format"],
      aws_iam_policy: ["name", "name_prefix"],
      aws_iam_role: ["name", "name_prefix", "managed_policy_arns"],
      aws_iam_role_policy: ["name", "name_prefix"],
      aws_kms_alias: ["name", "name_prefix"],
      aws_kms_key: ["description", "key_usage", "multi_region", "policy", "rotation_period_in_days"],
      aws_rds_cluster: [
        "allocated_storage", "availability_zones", "backup_retention_period", "cluster_identifier", "database_name",
        "db_cluster_parameter_group_name", "db_subnet_group_name", "engine_version", "kms_key_id", "master_user_secret_kms_key_id",
        "master_username", "network_type", "port", "preferred_backup_window", "preferred_maintenance_window", "storage_encrypted",
        "vpc_security_group_ids",
      ],
      aws_rds_cluster_instance: [
        "availability_zone", "ca_cert_identifier", "db_parameter_group_name", "db_subnet_group_name", "engine_version", "identifier",
        "monitoring_role_arn", "performance_insights_enabled", "performance_insights_kms_key_id",
        "performance_insights_retention_period", "preferred_backup_window", "preferred_maintenance_window", "publicly_accessible",
      ],
      aws_rds_cluster_parameter_group: ["name", "name_prefix"],
      aws_route_table: ["propagating_vgws", "route"],
      aws_secretsmanager_secret: ["name", "name_prefix", "policy"],
      aws_security_group: ["egress", "ingress", "name", "name_prefix", "vpc_id"],
      aws_ssm_parameter: ["arn", "data_type", "insecure_value", "key_id", "tier", "value"],
      aws_subnet: ["availability_zone", "availability_zone_id", "ipv6_cidr_block"],
      aws_vpc: ["cidr_block", "enable_network_address_usage_metrics", "ipv6_cidr_block"],
    },
    sensitive: {
      aws_db_instance: ["password", "password_wo"],
      aws_elasticache_user: ["passwords"],
      aws_rds_cluster: ["master_password", "master_password_wo"],
      aws_ssm_parameter: ["value", "value_wo"],
      "data.aws_ssm_parameter": ["value"],
    },
  },
  google: {
    computed: {
      "*": ["id", "project", "region", "zone"],
      google_sql_database_instance: ["encryption_key_name", "maintenance_version"],
    },
    sensitive: {
      google_sql_database_instance: ["root_password"],
    },
  },
  mongodbatlas: {
    computed: {
      "*": ["id"],
      mongodbatlas_advanced_cluster: ["backup_enabled", "disk_size_gb", "mongo_db_major_version", "pit_enabled"],
      mongodbatlas_cloud_backup_schedule: ["restore_window_days"],
    },
    sensitive: {
      mongodbatlas_database_user: ["password"],
    },
  },
  azurerm: {
    computed: {
      "*": ["id"],
      azurerm_postgresql_flexible_server: ["administrator_login", "private_dns_zone_id", "public_network_access_enabled", "sku_name", "storage_mb", "storage_tier", "version", "zone"],
    },
    sensitive: {
      azurerm_key_vault_secret: ["value", "value_wo"],
      azurerm_postgresql_flexible_server: ["administrator_password", "administrator_password_wo"],
    },
  },
};
