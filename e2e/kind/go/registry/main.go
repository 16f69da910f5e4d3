// Command registry is a registry of images in memory, on the address that it is given. The one that its library comes with
// listens on the loopback alone, where no node reaches it.
package main

import (
	"io"
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	quiet := log.New(io.Discard, "", 0)
	log.Fatal(http.ListenAndServe(os.Args[1], registry.New(registry.Logger(quiet))))
}
