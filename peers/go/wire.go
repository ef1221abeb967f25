package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// wire is the ranked client: a connection of package net and a small codec of HTTP/1.1.
type wire struct {
	fetch  *fetch
	conn   net.Conn
	reader *bufio.Reader
	// Request and body, whose memory is used again.
	request, body []byte
}

const (
	mostHead = 64 << 10
	mostBody = 64 << 20
)

func newWire(f *fetch) (exchanger, error) {
	w := &wire{fetch: f, reader: bufio.NewReaderSize(nil, 16<<10)}
	if !f.keepAlive {
		return w, nil
	}
	if err := w.connect(f.addresses[0], time.Time{}); err != nil {
		return nil, err
	}
	w.render("GET", "/ready", nil)
	if _, err := w.conn.Write(w.request); err != nil {
		return nil, err
	}
	_, _, err := w.response("GET")
	return w, err
}

func (w *wire) connect(address string, deadline time.Time) error {
	dialer := net.Dialer{Deadline: deadline}
	conn, err := dialer.Dial("tcp", address)
	if err != nil {
		return err
	}
	w.conn = conn
	w.reader.Reset(conn)
	return nil
}

func (w *wire) close() {
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}

func (w *wire) exchange(address, target string, body []byte) (int, []byte, error) {
	var deadline time.Time
	if w.fetch.timeout > 0 {
		deadline = time.Now().Add(w.fetch.timeout)
	}
	if w.conn == nil {
		if err := w.connect(address, deadline); err != nil {
			return 0, nil, err
		}
	}
	if w.fetch.timeout > 0 {
		if err := w.conn.SetDeadline(deadline); err != nil {
			return 0, nil, err
		}
	}
	w.render(w.fetch.method, target, body)
	if _, err := w.conn.Write(w.request); err != nil {
		return 0, nil, err
	}
	status, stays, err := w.response(w.fetch.method)
	if err != nil || !stays || !w.fetch.keepAlive {
		w.close()
	}
	return status, w.body, err
}

// render writes a whole request, for one write.
func (w *wire) render(method, target string, body []byte) {
	r := append(w.request[:0], method...)
	r = append(r, ' ')
	r = append(r, target...)
	r = append(r, " HTTP/1.1\r\nHost: "+host+"\r\n"...)
	if !w.fetch.keepAlive {
		r = append(r, "Connection: close\r\n"...)
	}
	if body != nil {
		r = append(r, "Content-Type: application/json\r\nContent-Length: "...)
		r = strconv.AppendInt(r, int64(len(body)), 10)
		r = append(r, "\r\n"...)
	}
	r = append(r, "\r\n"...)
	w.request = append(r, body...)
}

// head is what the codec needs of a response's head.
type head struct {
	status  int
	length  int // -1 where it is not said
	chunked bool
	stays   bool
}

// response reads one response into the session's body.
func (w *wire) response(method string) (status int, stays bool, err error) {
	w.body = w.body[:0]
	if _, err := w.reader.Peek(1); err == io.EOF {
		return 0, false, errors.New("the connection was closed before a response came")
	} else if err != nil {
		return 0, false, err
	}
	h := &head{}
	for h.status < 200 {
		// An interim response is not the one that counts.
		if err := w.head(h); err != nil {
			return 0, false, middle(err)
		}
	}
	switch {
	case method == "HEAD" || h.status == 204 || h.status == 304:
	case h.chunked:
		err = w.chunks()
	case h.length >= 0:
		err = w.read(h.length)
	default:
		w.body, err = io.ReadAll(io.LimitReader(w.reader, mostBody))
		h.stays = false
	}
	if err == nil && w.reader.Buffered() > 0 {
		err = errors.New("bytes behind the end of a response")
	}
	return h.status, h.stays, middle(err)
}

// middle names the end of a stream as what it is there.
func middle(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("the connection was closed in the middle of a response")
	}
	return err
}

// line reads one line of a head, without its end.
func (w *wire) line() (string, error) {
	line, err := w.reader.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		return "", errors.New("a line of the head is too long")
	}
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
}

func (w *wire) head(h *head) error {
	first, err := w.line()
	if err != nil {
		return err
	}
	if len(first) < 12 || first[:7] != "HTTP/1." || first[8] != ' ' {
		return errors.New("what came does not begin as HTTP/1 does")
	}
	*h = head{length: -1, stays: first[7] == '1'}
	if h.status, err = strconv.Atoi(first[9:12]); err != nil || h.status < 100 {
		return errors.New("a status that is none")
	}
	for size := 0; ; {
		line, err := w.line()
		if err != nil || line == "" {
			return err
		}
		if size += len(line); size > mostHead {
			return fmt.Errorf("a head of more than %d bytes", mostHead)
		}
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" || strings.HasSuffix(name, " ") {
			return errors.New("a field of the head without its name")
		}
		if err := h.note(name, strings.TrimSpace(value)); err != nil {
			return err
		}
	}
}

func (h *head) note(name, value string) error {
	switch {
	case strings.EqualFold(name, "content-length"):
		length, err := strconv.ParseUint(value, 10, 31)
		if err != nil || length > mostBody || h.chunked || h.length >= 0 && h.length != int(length) {
			return errors.New("a length of the body that is none")
		}
		h.length = int(length)
	case strings.EqualFold(name, "transfer-encoding"):
		if !strings.EqualFold(value, "chunked") || h.length >= 0 {
			return errors.New("a transfer coding other than chunked alone")
		}
		h.chunked = true
	case strings.EqualFold(name, "connection"):
		for _, option := range strings.Split(value, ",") {
			switch strings.ToLower(strings.TrimSpace(option)) {
			case "close":
				h.stays = false
			case "keep-alive":
				h.stays = true
			}
		}
	}
	return nil
}

// read appends so many bytes to the body.
func (w *wire) read(length int) error {
	from := len(w.body)
	if from+length > mostBody {
		return fmt.Errorf("a body of more than %d bytes", mostBody)
	}
	if cap(w.body) < from+length {
		grown := make([]byte, from, from+length)
		copy(grown, w.body)
		w.body = grown
	}
	w.body = w.body[:from+length]
	_, err := io.ReadFull(w.reader, w.body[from:])
	return err
}

func (w *wire) chunks() error {
	for {
		line, err := w.line()
		if err != nil {
			return err
		}
		digits, _, _ := strings.Cut(line, ";")
		size, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 31)
		if err != nil {
			return errors.New("a chunk whose size is none")
		}
		if size == 0 {
			break
		}
		if err := w.read(int(size)); err != nil {
			return err
		}
		if end, err := w.line(); err != nil || end != "" {
			return orElse(err, "a chunk that is longer than it says")
		}
	}
	// Trailer fields, up to an empty line.
	for {
		if line, err := w.line(); err != nil || line == "" {
			return err
		}
	}
}

func orElse(err error, text string) error {
	if err != nil {
		return err
	}
	return errors.New(text)
}
