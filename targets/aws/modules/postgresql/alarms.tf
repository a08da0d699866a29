# What a person has to look at, whoever watches the rest: a full disk stops writes, a late replica answers with old rows.
resource "aws_cloudwatch_metric_alarm" "instance" {
  for_each = {
    for pair in setproduct(local.identifiers, keys(local.alarms)) : "${pair[0]}/${pair[1]}" => { identifier = pair[0], alarm = local.alarms[pair[1]] }
    # The primary is behind nobody.
    if pair[1] != "replica-lag" || pair[0] != var.identifier
  }

  alarm_name          = replace(each.key, "/", "-")
  alarm_description   = each.value.alarm.description
  namespace           = "AWS/RDS"
  metric_name         = each.value.alarm.metric
  dimensions          = { DBInstanceIdentifier = each.value.identifier }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = each.value.alarm.below ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = each.value.alarm.threshold
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

locals {
  alarms = {
    cpu = {
      description = "Processors are busy for a quarter of an hour"
      metric      = "CPUUtilization"
      below       = false
      threshold   = 90
    }
    replica-lag = {
      description = "The replica is half a minute behind"
      metric      = "ReplicaLag"
      below       = false
      threshold   = 30
    }
    storage = {
      description = "A tenth of the storage, as it was at first, is left"
      metric      = "FreeStorageSpace"
      below       = true
      threshold   = var.storage_gib * pow(1024, 3) / 10
    }
  }
}
