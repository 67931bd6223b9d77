// A service that survives a rolling update: after SIGTERM it fails its readiness and serves on until every load balancer has
// heard of it, telling each connection that its answer is the last one; then it finishes what is under way.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// Longer than load balancers take to learn of an endpoint that is going away.
const propagationDelay = 10 * time.Second

var leaving atomic.Bool

func ready(response http.ResponseWriter, _ *http.Request) {
	if leaving.Load() {
		response.WriteHeader(http.StatusServiceUnavailable)
	}
}

func work(response http.ResponseWriter, request *http.Request) {
	if ms, err := strconv.Atoi(request.URL.Query().Get("ms")); err == nil {
		time.Sleep(time.Duration(ms) * time.Millisecond)
	}
	// http.Server.Shutdown would close idle connections under a request that is on its way. Who is told goes elsewhere.
	if leaving.Load() {
		response.Header().Set("Connection", "close")
	}
	response.Header().Set("X-Pod", os.Getenv("POD_NAME"))
	fmt.Fprintln(response, "done")
}

func main() {
	routes := http.NewServeMux()
	routes.HandleFunc("/ready", ready)
	routes.HandleFunc("/", work)
	server := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: routes}

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-signals
		leaving.Store(true)
		time.Sleep(propagationDelay)
		limit, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		if err := server.Shutdown(limit); err != nil {
			log.Fatal(err)
		}
	}()

	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	<-ended
}
