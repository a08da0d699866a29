# What a person has to look at, whoever watches the rest: full memory loses keys or refuses writes, a late replica answers old
# values. Nodes are called <identifier>-<number>, and <identifier>-<shard>-<number> where there are several shards.
resource "aws_cloudwatch_metric_alarm" "node" {
  for_each = {
    for pair in setproduct(local.nodes, keys(local.alarms)) : "${pair[0]}/${pair[1]}" => { node = pair[0], alarm = local.alarms[pair[1]] }
    # One node is behind nobody.
    if pair[1] != "replica-lag" || var.replicas > 0
  }

  alarm_name          = replace(each.key, "/", "-")
  alarm_description   = each.value.alarm.description
  namespace           = "AWS/ElastiCache"
  metric_name         = each.value.alarm.metric
  dimensions          = { CacheClusterId = each.value.node }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.alarm.threshold
  # A primary is behind nobody, and says nothing of it.
  treat_missing_data = each.value.alarm.metric == "ReplicationLag" ? "notBreaching" : "breaching"
  alarm_actions      = var.alarm_topic_arns
  ok_actions         = var.alarm_topic_arns
  tags               = var.tags
}

locals {
  nodes = flatten([
    for shard in range(var.shards) : [
      for number in range(var.replicas + 1) : var.shards > 1 ? format("%s-%04d-%03d", var.identifier, shard + 1, number + 1) : format("%s-%03d", var.identifier, number + 1)
    ]
  ])

  alarms = {
    cpu = {
      description = "The thread that answers is busy for a quarter of an hour"
      metric      = "EngineCPUUtilization"
      threshold   = 90
    }
    memory = {
      description = "Nine tenths of the memory are in use"
      metric      = "DatabaseMemoryUsagePercentage"
      threshold   = 90
    }
    replica-lag = {
      description = "The replica is ten seconds behind"
      metric      = "ReplicationLag"
      threshold   = 10
    }
  }
}
