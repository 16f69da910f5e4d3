# shellcheck shell=bash
# The cluster's keys and certificates: a new set for every start.

# certify NAME SUBJECT EXTENSION...
certify() {
	local name=$1 subject=$2
	shift 2
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$name.key" \
		-config ca.conf -subj "$subject" -out "$name.csr" 2>/dev/null
	openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 \
		-extfile <(printf '%s\n' "$@") -out "$name.crt" 2>/dev/null
}

make_pki() {
	(
		umask 077
		cd "$STATE/pki" || exit
		printf '%s\n' '[req]' 'distinguished_name=name' 'x509_extensions=ca' '[name]' '[ca]' \
			'basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature' \
			'subjectKeyIdentifier=hash' >ca.conf
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt \
			-days 365 -config ca.conf -subj /CN=mtls-gate-local-mesh 2>/dev/null
		certify apiserver /CN=kube-apiserver extendedKeyUsage=serverAuth \
			"subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$SERVICE_API,IP:$ADDRESS"
		certify admin /O=system:masters/CN=admin extendedKeyUsage=clientAuth
		certify kubelet "/CN=$NODE" extendedKeyUsage=serverAuth "subjectAltName=DNS:$NODE,IP:$ADDRESS"
		openssl ecparam -name prime256v1 -genkey -noout -out service-account.key 2>/dev/null
		openssl ec -in service-account.key -pubout -out service-account.pub 2>/dev/null
	)
}

# write_kubeconfig: with everything in it, for it may be copied elsewhere.
write_kubeconfig() {
	(
		umask 077
		cd "$STATE/pki" || exit
		cat >"$KUBECONFIG_FILE" <<-END
			apiVersion: v1
			kind: Config
			clusters:
			  - name: $CONTEXT
			    cluster:
			      server: https://$ADDRESS:6443
			      certificate-authority-data: $(base64 -w0 ca.crt)
			users:
			  - name: $CONTEXT
			    user:
			      client-certificate-data: $(base64 -w0 admin.crt)
			      client-key-data: $(base64 -w0 admin.key)
			contexts:
			  - name: $CONTEXT
			    context:
			      cluster: $CONTEXT
			      user: $CONTEXT
			current-context: $CONTEXT
		END
	)
}
