package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// talk gives a runner these lines, and the kinds and fields of what it says.
func talk(t *testing.T, lines ...string) (kinds []string, replies []map[string]any) {
	t.Helper()
	var out strings.Builder
	r := &runner{lines: bufio.NewReader(strings.NewReader(strings.Join(lines, "\n"))), out: &out}
	if status := r.converse(); status != 0 {
		t.Fatalf("it ended with %d: %s", status, out.String())
	}
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		var reply map[string]map[string]any
		if err := json.Unmarshal([]byte(line), &reply); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		for kind, fields := range reply {
			kinds, replies = append(kinds, kind), append(replies, fields)
		}
	}
	return kinds, replies
}

func preparing(workload, client, hosts, parameters string) string {
	return fmt.Sprintf(`{"prepare":{"protocol":2,"workload":"%s","scenario":"test","model":"goroutines","client":"%s",`+
		`"params":%s,"workers":2,"hosts":[%s],"trace":true}}`, workload, client, parameters, hosts)
}

// with puts more parameters before those of a JSON object.
func with(parameters, more string) string {
	if parameters == "{}" {
		return "{" + more + "}"
	}
	return "{" + more + "," + parameters[1:]
}

func TestBatches(t *testing.T) {
	server := items(t, "")
	flows := []struct{ parameters, due string }{
		{`"concurrency":4`, "null"},
		{`"concurrency":4,"delivery":"in-order"`, "null"},
		{`"concurrency":4`, `{"kind":"poisson","rate":20000,"seed":"7"}`},
		{`"concurrency":4,"delivery":"in-order"`, `{"kind":"burst","rate":20000.0,"burst":9}`},
		{`"concurrency":4`, `{"kind":"shared","rate":20000}`},
	}
	for _, row := range rows(t, "batch") {
		if row[0] != "bakery" && row[0] != "fetch" && row[0] != "nothing" {
			// A workload that this program does not offer.
			continue
		}
		for _, flow := range flows {
			clients := []string{"none"}
			if row[0] == "fetch" {
				clients = []string{"wire", "net-http"}
			}
			if strings.Contains(row[1], "size") {
				continue
			}
			for _, client := range clients {
				sample := fmt.Sprintf(`{"sample":{"sample":5,"orders":%s,"seed":"%x","due":%s,"observe":true}}`,
					row[3], number(t, row[2]), flow.due)
				kinds, replies := talk(t, preparing(row[0], client, `"`+server+`"`, with(row[1], flow.parameters)),
					sample, `{"go":{}}`, `{"settle":{}}`, sample, `{"go":{}}`, `{"settle":{}}`, `{"stop":{}}`)
				if fmt.Sprint(kinds) != "[ready gate closed sample gate closed sample stopped]" {
					t.Fatalf("%v %v: %v %v", row, flow, kinds, replies)
				}
				for _, n := range []int{3, 6} {
					same(t, replies[n]["answer"], row[4], row)
					same(t, replies[n]["response"] != nil, strings.Contains(flow.due, "seed") || strings.Contains(flow.due, "burst"), row)
				}
			}
		}
	}
}

func TestStationsKeepTheirPlaces(t *testing.T) {
	jump := `{"concurrency":6,"style":"jump","bakers":3,"mixers":2,"ovens":2,"tables":1,"mix_wait":"1ms","bake_wait":"2ms"}`
	_, replies := talk(t, preparing("bakery", "none", "", jump), `{"sample":{"sample":1,"orders":60,"seed":"7"}}`)
	stays := map[float64][2][]int64{}
	for _, noted := range replies[1]["holds"].([]any) {
		hold := noted.(map[string]any)
		stay := stays[hold["station"].(float64)]
		stay[0], stay[1] = append(stay[0], int64(hold["from"].(float64))), append(stay[1], int64(hold["to"].(float64)))
		stays[hold["station"].(float64)] = stay
	}
	for station, places := range []int{3, 2, 2, 1} {
		stay := stays[float64(station)]
		if most := peak(stay[0], stay[1]); most > places || most == 0 {
			t.Errorf("station %d: %d at %d places", station, most, places)
		}
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ line, words string }{
		{`cake`, "not a request of protocol version 2"},
		{`{"bake":{}}`, "unknown request 'bake'"},
		{`{"go":{}}`, "no sample is at its gate"},
		{`{"sample":{"sample":1,"orders":1,"seed":"1"}}`, "before 'prepare'"},
		{`{"prepare":{"protocol":1}}`, "protocol version 1 was asked for"},
		{`{"prepare":{"protocol":2,"cake":1}}`, "cake"},
		{strings.Replace(preparing("nothing", "none", "", "{}"), "goroutines", "gorutines", 1), "did you mean 'goroutines'?"},
		{preparing("bakry", "none", "", "{}"), "did you mean 'bakery'?"},
		{preparing("bakery", "none", "", `{"mixer":1}`), "did you mean 'mixers'?"},
		{preparing("bakery", "none", "", `{"mixers":-1}`), "mixers = -1 is not a whole number"},
		{preparing("bakery", "none", "", `{"mix_wait":"2"}`), "'2' is no time"},
		{preparing("bakery", "none", "", `{"concurrency":4,"bakers":2}`), "2 bakers who stand by"},
	} {
		kinds, replies := talk(t, c.line, `{"stop":{}}`)
		text, _ := replies[0]["message"].(string)
		if kinds[0] != "error" || replies[0]["usage"] != true || !strings.Contains(text, c.words) {
			t.Errorf("%s: %v", c.line, replies[0])
		}
	}
	kinds, replies := talk(t, preparing("nothing", "none", "", "{}"), `{"sample":{"sample":1,"orders":5,"seed":"1","observe":true}}`,
		`{"settle":{}}`, `{"sample":{"sample":2,"orders":5,"seed":"1"}}`, `{"stop":{}}`)
	if fmt.Sprint(kinds) != "[ready gate error error stopped]" || !strings.Contains(fmt.Sprint(replies[3]), "earlier sample failed") {
		t.Error(kinds, replies)
	}
}

func TestFaultsAreClearErrors(t *testing.T) {
	for _, c := range []struct{ fault, parameters, words string }{
		{"truncate", "{}", "closed in the middle"},
		{"status", "{}", "status 500 where 200 was due"},
		{"silence", `{"timeout":"100ms"}`, "no whole response within 100ms"},
	} {
		for _, client := range []string{"wire", "net-http"} {
			server := items(t, c.fault)
			kinds, replies := talk(t, preparing("fetch", client, `"`+server+`"`, with(c.parameters, `"concurrency":4`)),
				`{"sample":{"sample":1,"orders":100,"seed":"1352095"}}`)
			text, _ := replies[1]["message"].(string)
			if kinds[1] != "error" || !strings.HasPrefix(text, "order ") || !strings.Contains(text, c.words) {
				t.Errorf("%s by %s: %v", c.fault, client, replies[1])
			}
		}
	}
}

func TestResponsesThatAreBroken(t *testing.T) {
	for text, due := range map[string]string{
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncake":                                               "cake",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncake":                  "cake",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nca\r\n2;x\r\nke\r\n0\r\nT: 1\r\n\r\n": "cake",
		"HTTP/1.1 200 OK\r\n\r\ncake":                                                                    "cake",
		"":                                                                                               "! before a response",
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncake":                                               "! middle",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\ncake":                                               "! behind",
		"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n":                                                  "! length",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\ncake\r\n":                             "! longer",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n":                                             "! coding",
		"SSH-2.0-cake and more\r\n":                                                                      "! HTTP/1",
	} {
		w := &wire{fetch: &fetch{}, reader: bufio.NewReader(strings.NewReader(text))}
		_, _, err := w.response("GET")
		if refused := strings.HasPrefix(due, "! "); refused && (err == nil || !strings.Contains(err.Error(), due[2:])) {
			t.Errorf("%q: %v", text, err)
		} else if !refused && (err != nil || string(w.body) != due) {
			t.Errorf("%q: %q, %v", text, w.body, err)
		}
	}
}

// items serves the items of seed 20240229, 128 bytes each, and does something wrong with every
// 20th where it is told to; its address.
func items(t *testing.T, fault string) string {
	const seed = 20240229
	letters := "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.0123456789"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ready" {
			w.WriteHeader(204)
			return
		}
		sent, _ := io.ReadAll(r.Body)
		var form orderForm
		_ = json.Unmarshal(sent, &form)
		id := form.ID
		if last := strings.TrimPrefix(r.URL.Path, "/items/"); last != r.URL.Path {
			id, _ = strconv.ParseUint(last, 10, 64)
		}
		content := []byte(fmt.Sprintf(`{"id":%d,"receipt":"%016x"}`, id, mix(draw(seed, id, 4)^checksum(sent))))
		if r.Method == "GET" || r.Method == "HEAD" {
			content = make([]byte, 128)
			for k := range content {
				at := draw(seed, id, 4)%65536 + uint64(k)
				content[k] = letters[mix(at/8)>>(8*(at%8))%64]
			}
		}
		if fault != "" && id%20 == 19 {
			switch fault {
			case "silence":
				<-r.Context().Done()
				return
			case "status":
				w.WriteHeader(500)
				return
			}
			w.Header().Set("Content-Length", "128")
			_, _ = w.Write(content[:64])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(statuses[r.Method])
		if r.Method != "DELETE" && r.Method != "HEAD" {
			_, _ = w.Write(content)
		}
	}))
	t.Cleanup(server.CloseClientConnections)
	return strings.TrimPrefix(server.URL, "http://")
}
