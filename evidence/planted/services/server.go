// The service of server.mjs on Go's net/http. Its variables are the same.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	delay      = 2500 * time.Millisecond
	shortDelay = 1500 * time.Millisecond
	start      = 3000 * time.Millisecond
)

var (
	fault   = os.Getenv("FAULT")
	every   = int64(number(os.Getenv("EVERY"), 40))
	began   = time.Now()
	leaving atomic.Bool
	seen    atomic.Int64
)

func number(text string, otherwise int) int {
	if value, err := strconv.Atoi(text); err == nil {
		return value
	}
	return otherwise
}

func isPlanted(id string) bool {
	return id != "" && !strings.HasPrefix(id, "zd-preflight") && seen.Add(1)%every == 0
}

func serve(response http.ResponseWriter, request *http.Request) {
	if request.URL.Path == "/ready" {
		fmt.Fprint(response, "ready")
		return
	}
	id := request.Header.Get("X-Request-Id")
	fmt.Println("started", id)
	body := "hello " + id
	starting := os.Getenv("VERSION") == "v2" && time.Since(began) < start
	if fault == "unready" && starting {
		http.Error(response, "starting", 503)
		return
	}
	if fault == "cold" && starting {
		time.Sleep(8 * time.Second)
	}
	if leaving.Load() && fault == "hangs" {
		select {}
	}
	if leaving.Load() && fault == "refuses" {
		response.Header().Set("Connection", "close")
		http.Error(response, "leaving", 503)
		return
	}
	if plant, known := faults[fault]; known && isPlanted(id) {
		fmt.Println("planted", id)
		plant(response, id, body)
		return
	}
	if request.URL.Path == "/work" {
		time.Sleep(time.Duration(number(request.URL.Query().Get("ms"), 0)) * time.Millisecond)
	}
	if leaving.Load() && fault != "idle" {
		response.Header().Set("Connection", "close")
	}
	fmt.Fprint(response, body)
	fmt.Println("finished", id)
}

var faults = map[string]func(http.ResponseWriter, string, string){
	"fin":       func(response http.ResponseWriter, _, _ string) { hijack(response).Close() },
	"rst":       func(response http.ResponseWriter, _, _ string) { connection := hijack(response); connection.SetLinger(0); connection.Close() },
	"truncated": func(response http.ResponseWriter, _, _ string) { raw(response, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf") },
	"twice": func(response http.ResponseWriter, _, body string) {
		whole := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		raw(response, whole+whole)
	},
	"late": func(response http.ResponseWriter, _, body string) {
		time.Sleep(8 * time.Second)
		fmt.Fprint(response, body)
	},
	"wrong-body": func(response http.ResponseWriter, _, _ string) { fmt.Fprint(response, "for somebody else") },
	"error":      func(response http.ResponseWriter, _, _ string) { http.Error(response, "broken", 500) },
	"executed-twice": func(response http.ResponseWriter, id, body string) {
		fmt.Println("started", id)
		fmt.Fprint(response, body)
	},
	"retrying-proxy": func(response http.ResponseWriter, _, _ string) { hijack(response).Close() },
}

func hijack(response http.ResponseWriter) *net.TCPConn {
	connection, _, err := response.(http.Hijacker).Hijack()
	if err != nil {
		log.Fatal(err)
	}
	return connection.(*net.TCPConn)
}

func raw(response http.ResponseWriter, text string) {
	connection := hijack(response)
	fmt.Fprint(connection, text)
	connection.Close()
}

// pausable is a listener that stops accepting but stays open.
type pausable struct {
	*net.TCPListener
	paused atomic.Bool
}

func (listener *pausable) Accept() (net.Conn, error) {
	for listener.paused.Load() {
		time.Sleep(10 * time.Millisecond)
	}
	return listener.AcceptTCP()
}

func terminate(server *http.Server, listener *pausable) {
	drain := func() {
		if err := server.Shutdown(context.Background()); err != nil {
			log.Fatal(err)
		}
		os.Exit(0)
	}
	switch fault {
	case "exit":
		os.Exit(0)
	case "ignored":
		return
	case "no-delay":
		leaving.Store(true)
		drain()
	}
	leaving.Store(true)
	switch fault {
	case "backlog":
		time.Sleep(300 * time.Millisecond)
		listener.paused.Store(true)
		time.Sleep(400 * time.Millisecond)
		drain()
	case "cut":
		time.Sleep(shortDelay)
		server.Close()
		os.Exit(0)
	case "hangs":
		time.Sleep(delay)
		listener.Close()
		time.Sleep(time.Minute)
	default:
		time.Sleep(delay)
		drain()
	}
}

func main() {
	address, err := net.ResolveTCPAddr("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	tcp, err := net.ListenTCP("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	listener := &pausable{TCPListener: tcp}
	server := &http.Server{Handler: http.HandlerFunc(serve), IdleTimeout: 2 * time.Second}
	server.SetKeepAlivesEnabled(fault != "closes-always")
	if fault != "no-handler" {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		go func() {
			<-signals
			terminate(server, listener)
		}()
	}
	server.Serve(listener)
	select {}
}
