package main

import (
	"bytes"
	"io"
	"net/http"
)

// netHTTP is the standard library's client: one for the program, as its documentation asks.
type netHTTP struct {
	fetch  *fetch
	client *http.Client
}

func newNetHTTP(f *fetch) func(*fetch) (exchanger, error) {
	transport := &http.Transport{
		DisableCompression:  true,
		DisableKeepAlives:   !f.keepAlive,
		MaxConnsPerHost:     f.units,
		MaxIdleConns:        f.units,
		MaxIdleConnsPerHost: f.units,
	}
	client := &http.Client{Transport: transport, Timeout: f.timeout}
	return func(f *fetch) (exchanger, error) {
		n := &netHTTP{f, client}
		if f.keepAlive {
			response, err := client.Get("http://" + f.addresses[0] + "/ready")
			if err != nil {
				return nil, err
			}
			_, err = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if err != nil {
				return nil, err
			}
		}
		return n, nil
	}
}

func (n *netHTTP) exchange(address, target string, body []byte) (int, []byte, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	request, err := http.NewRequest(n.fetch.method, "http://"+address+target, reader)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := n.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, middle(err)
}

func (n *netHTTP) close() { n.client.CloseIdleConnections() }
