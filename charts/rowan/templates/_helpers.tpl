{{/* Names. Pods of a quorum are named after the StatefulSet, and their names are hosts' names: 63 characters. */}}
{{- define "rowan.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "rowan.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "rowan.headless" -}}
{{- printf "%s-headless" (include "rowan.fullname" .) }}
{{- end }}

{{- define "rowan.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "rowan.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Labels. The selector's must never change for a release. */}}
{{- define "rowan.selector" -}}
app.kubernetes.io/name: {{ include "rowan.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rowan.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "rowan.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "rowan.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* Where things are: below which domain, by which scheme, in which Secret. */}}
{{- define "rowan.domain" -}}
{{- printf "%s.svc.%s" .Release.Namespace .Values.clusterDomain }}
{{- end }}

{{- define "rowan.clientScheme" -}}
{{- ternary "http" "https" (eq .Values.tls.client.source "none") }}
{{- end }}

{{- define "rowan.peerScheme" -}}
{{- ternary "http" "https" (eq .Values.tls.peer.source "none") }}
{{- end }}

{{- define "rowan.clientSecret" -}}
{{- ternary (printf "%s-client-tls" (include "rowan.fullname" .)) .Values.tls.client.secretName (eq .Values.tls.client.source "certManager") }}
{{- end }}

{{- define "rowan.peerSecret" -}}
{{- ternary (printf "%s-peer-tls" (include "rowan.fullname" .)) .Values.tls.peer.secretName (eq .Values.tls.peer.source "certManager") }}
{{- end }}

{{/* Whether members have certificates that come from outside. */}}
{{- define "rowan.peerCertificates" -}}
{{- if and (eq .Values.mode "quorum") (has .Values.tls.peer.source (list "secret" "certManager")) }}true{{ end }}
{{- end }}

{{- define "rowan.initialCluster" -}}
{{- $members := list }}
{{- range $i := until (int .Values.replicas) }}
{{- $name := printf "%s-%d" (include "rowan.fullname" $) $i }}
{{- $members = append $members (printf "%s=%s://%s.%s.%s:2380" $name (include "rowan.peerScheme" $) $name (include "rowan.headless" $) (include "rowan.domain" $)) }}
{{- end }}
{{- join "," $members }}
{{- end }}

{{- define "rowan.advertiseClientUrls" -}}
{{- if .Values.advertiseClientUrls }}
{{- .Values.advertiseClientUrls }}
{{- else if eq .Values.mode "quorum" }}
{{- printf "%s://$(POD_NAME).%s.%s:2379" (include "rowan.clientScheme" .) (include "rowan.headless" .) (include "rowan.domain" .) }}
{{- else if eq .Values.tls.client.source "none" }}
{{- print (ternary "http://[$(POD_IP)]:2379" "http://$(POD_IP):2379" (hasPrefix "[" .Values.listenAddress)) }}
{{- else }}
{{- printf "https://%s.%s:%d" (include "rowan.fullname" .) (include "rowan.domain" .) (int .Values.service.port) }}
{{- end }}
{{- end }}
