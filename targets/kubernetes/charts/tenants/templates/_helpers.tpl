{{/*
Labels of everything that belongs to a tenant.
Takes a dict: root (the chart's $), id, tenant.
Every value is quoted: a tenant may be called no, 1e3 or null.
*/}}
{{- define "tenants.labels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
app.kubernetes.io/part-of: {{ .root.Values.platform | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | quote }}
tenantc.dev/cell: {{ .root.Values.cell | quote }}
tenantc.dev/environment: {{ .root.Values.environment | quote }}
tenantc.dev/tenant: {{ .id | quote }}
tenantc.dev/tier: {{ .tenant.tier | quote }}
{{- end }}

{{/*
A container's resources, under the names that Kubernetes gives them.
*/}}
{{- define "tenants.resources" -}}
cpu: {{ .cpu | quote }}
memory: {{ .memory | quote }}
ephemeral-storage: {{ .ephemeralStorage | quote }}
{{- end }}

{{/*
A map of strings, sorted by key, both sides quoted.
*/}}
{{- define "tenants.strings" -}}
{{- $lines := list }}
{{- range $key, $value := . }}
{{- $lines = append $lines (printf "%s: %s" ($key | quote) ($value | quote)) }}
{{- end }}
{{- join "\n" $lines }}
{{- end }}
