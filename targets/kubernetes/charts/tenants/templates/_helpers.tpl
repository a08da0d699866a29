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

{{/*
What the pods of a job have in common: no rights, and a place to work in.
*/}}
{{- define "tenants.job" -}}
restartPolicy: Never
serviceAccountName: "backup"
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile:
    type: RuntimeDefault
volumes:
  - name: scratch
    emptyDir: {}
{{- end }}

{{/*
What each container of a job has in common.
*/}}
{{- define "tenants.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: ["ALL"]
resources:
  requests:
    cpu: "100m"
    memory: "128Mi"
  limits:
    cpu: "500m"
    memory: "512Mi"
volumeMounts:
  - name: scratch
    mountPath: /scratch
{{- end }}

{{/*
A container that logs in to PostgreSQL as the tenant. Takes a dict: backup.
*/}}
{{- define "tenants.postgresql" -}}
env:
  - name: PGHOST
    value: {{ .backup.host | quote }}
  - name: PGPORT
    value: {{ .backup.port | int | toString | quote }}
  - name: PGDATABASE
    value: {{ .backup.database | quote }}
  - name: PGUSER
    value: {{ .backup.user | quote }}
  - name: PGSSLMODE
    value: "require"
  - name: PGPASSWORD
    valueFrom:
      secretKeyRef:
        name: "store-credentials"
        key: "password"
{{ include "tenants.container" . }}
{{- end }}

{{/*
A container that speaks to the object store. Takes a dict: store, place, days.
*/}}
{{- define "tenants.transfer" -}}
env:
  - name: PLACE
    value: {{ .place | quote }}
  - name: KEEP
    value: {{ printf "%dd" (int .days) | quote }}
  - name: RCLONE_CONFIG
    value: "/scratch/rclone.conf"
  - name: RCLONE_CONFIG_STORE_TYPE
    value: "s3"
  - name: RCLONE_CONFIG_STORE_PROVIDER
    value: "Other"
  - name: RCLONE_CONFIG_STORE_ENV_AUTH
    value: "true"
  - name: RCLONE_CONFIG_STORE_ENDPOINT
    value: {{ .store.endpoint | quote }}
  - name: RCLONE_CONFIG_STORE_REGION
    value: {{ .store.region | quote }}
envFrom:
  # AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, good for this tenant's folder alone.
  - secretRef:
      name: "backup-credentials"
{{ include "tenants.container" . }}
{{- end }}
