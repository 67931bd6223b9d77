// The same service without a graceful shutdown: SIGTERM ends it at once.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"
)

func work(response http.ResponseWriter, request *http.Request) {
	if ms, err := strconv.Atoi(request.URL.Query().Get("ms")); err == nil {
		time.Sleep(time.Duration(ms) * time.Millisecond)
	}
	response.Header().Set("X-Pod", os.Getenv("POD_NAME"))
	fmt.Fprintln(response, "done")
}

func main() {
	http.HandleFunc("/", work)
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
