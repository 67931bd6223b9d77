// A service that drops no request during a rollout. After SIGTERM it fails its readiness probe and keeps serving through the
// propagation delay, with `Connection: close` on every response. Then it closes the listener and finishes the requests in flight.
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

// Longer than any load balancer takes to learn that the endpoint is terminating.
const propagationDelay = 10 * time.Second

var draining atomic.Bool

func ready(response http.ResponseWriter, _ *http.Request) {
	if draining.Load() {
		response.WriteHeader(http.StatusServiceUnavailable)
	}
}

func work(response http.ResponseWriter, request *http.Request) {
	if ms, err := strconv.Atoi(request.URL.Query().Get("ms")); err == nil {
		time.Sleep(time.Duration(ms) * time.Millisecond)
	}
	// http.Server.Shutdown closes idle connections, and a request may be on its way on one of them. `Connection: close` makes the
	// client open its next connection elsewhere first.
	if draining.Load() {
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
		draining.Store(true)
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
