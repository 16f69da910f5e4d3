// Command coredns is CoreDNS with only the plugins that a cluster's own DNS
// needs. The stock main pulls in every plugin there is (and the cloud SDKs
// behind them), which would take longer to build than Kubernetes' scheduler.
package main

import (
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"

	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
