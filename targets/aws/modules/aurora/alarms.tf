# What a person has to look at, whoever watches the rest.
resource "aws_cloudwatch_metric_alarm" "cpu" {
  for_each = aws_rds_cluster_instance.this

  alarm_name          = "${each.value.identifier}-cpu"
  alarm_description   = "Processors are busy for a quarter of an hour"
  namespace           = "AWS/RDS"
  metric_name         = "CPUUtilization"
  dimensions          = { DBInstanceIdentifier = each.value.identifier }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 90
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "replica_lag" {
  count = length(var.replicas) > 0 ? 1 : 0

  alarm_name          = "${var.identifier}-replica-lag"
  alarm_description   = "A reader is two seconds behind"
  namespace           = "AWS/RDS"
  metric_name         = "AuroraReplicaLagMaximum" # milliseconds
  dimensions          = { DBClusterIdentifier = var.identifier }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 2000
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}
