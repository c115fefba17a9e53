{{/* What the schema can't say: values that contradict each other. */}}
{{- define "rowan.checks" -}}
{{- $client := .Values.tls.client }}
{{- $peer := .Values.tls.peer }}
{{- if eq .Values.mode "database" }}
{{- if not .Values.database.secretName }}
{{- fail "database.secretName is empty: mode database needs the name of a Secret that has the database's URL (postgres://user:password@host:5432/database) at the key database.secretKey; mode quorum needs no database" }}
{{- end }}
{{- if ne $peer.source "none" }}
{{- fail (printf "tls.peer.source is %s, but instances over a database are not peers: expected none, or mode quorum" $peer.source) }}
{{- end }}
{{- else if .Values.database.secretName }}
{{- fail (printf "database.secretName is %s, but mode quorum uses no database: expected \"\", or mode database" .Values.database.secretName) }}
{{- end }}
{{- range $name, $tls := dict "tls.client" $client "tls.peer" $peer }}
{{- if and (eq $tls.source "secret") (not $tls.secretName) }}
{{- fail (printf "%s.secretName is empty: %s.source secret needs the name of a Secret with tls.crt and tls.key" $name $name) }}
{{- end }}
{{- if and (ne $tls.source "secret") $tls.secretName }}
{{- fail (printf "%s.secretName is %s, but %s.source is %s: expected \"\", or %s.source secret" $name $tls.secretName $name $tls.source $name) }}
{{- end }}
{{- if and (eq $tls.source "certManager") (not $tls.certManager.issuerRef.name) }}
{{- fail (printf "%s.certManager.issuerRef.name is empty: %s.source certManager needs the name of an Issuer or ClusterIssuer" $name $name) }}
{{- end }}
{{- end }}
{{- if and $client.clientCertAuth (eq $client.source "none") }}
{{- fail "tls.client.clientCertAuth is true, but tls.client.source is none: without TLS no certificate is asked for; expected secret or certManager" }}
{{- end }}
{{- if and $client.caSecretName (not $client.clientCertAuth) }}
{{- fail (printf "tls.client.caSecretName is %s, but clients need no certificate: expected \"\", or tls.client.clientCertAuth true" $client.caSecretName) }}
{{- end }}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" (include "rowan.fullname" .)) }}
{{- fail (printf "the name %s can't be that of a Service: expected letters, digits and dashes, a letter first; set fullnameOverride" (include "rowan.fullname" .)) }}
{{- end }}
{{- range .Values.extraArgs }}
{{- if and (hasPrefix "--force-new-cluster" .) (gt (int $.Values.replicas) 1) }}
{{- fail "extraArgs has --force-new-cluster, which would make a cluster of each member: expected with replicas 1 only" }}
{{- end }}
{{- end }}
{{- if and $peer.allowedCommonName (not (include "rowan.peerCertificates" .)) }}
{{- fail (printf "tls.peer.allowedCommonName is %s, but tls.peer.source is %s: expected \"\", or tls.peer.source secret or certManager" $peer.allowedCommonName $peer.source) }}
{{- end }}
{{- end }}
