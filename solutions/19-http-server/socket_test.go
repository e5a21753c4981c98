package httpserver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/19-http-server"
)

// onSocket serves on a real socket while use runs.
func onSocket(t *testing.T, h http.Handler, config *tls.Config, use func(addr string)) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err, "a listener")
	addr := ln.Addr().String()
	if config != nil {
		ln = tls.NewListener(ln, config)
	}
	s := httpserver.NewServer(h, httpserver.Limits{Header: 10 * time.Second, Read: 10 * time.Second, Idle: 10 * time.Second, Conns: 20})
	serving := gradetest.Go(func() error {
		defer ln.Close() // whatever Serve does, clients are not to wait
		return s.Serve(ln)
	})
	use(addr)
	require.NoError(t, s.Shutdown(context.Background()), "Shutdown")
	require.NoError(t, serving.Wait(), "Serve after Shutdown")
	_, err = net.DialTimeout("tcp", addr, time.Second)
	require.Error(t, err, "a connection after Shutdown")
}

func echo(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	return say(r.Method+r.URL.Path+string(body))(w, r)
}

func TestOverSocket(t *testing.T) {
	gradetest.RealTime(t)
	onSocket(t, app("/", echo), nil, func(addr string) {
		client := &http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		together(5, func(i int) {
			for range 5 {
				path := fmt.Sprint("/", i)
				if got := do(client, request(context.Background(), "GET", "http://"+addr+path, "")); got.body != "GET"+path || got.err != nil {
					t.Errorf("answer to GET %s: %q, %v", path, got.body, got.err)
				}
			}
		})
		got := do(client, request(context.Background(), "POST", "http://"+addr+"/p", "body"))
		require.Equal(t, "POST/pbody", got.body, "answer to POST")
	})
}

func TestOverTLS(t *testing.T) {
	gradetest.RealTime(t)
	cert, roots := certificate(t)
	onSocket(t, app("/", echo), &tls.Config{Certificates: []tls.Certificate{cert}}, func(addr string) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
		defer client.CloseIdleConnections()
		for range 2 {
			got := do(client, request(context.Background(), "GET", "https://"+addr+"/", ""))
			require.NoError(t, got.err, "a request over TLS")
			require.Equal(t, "GET/", got.body, "answer over TLS")
		}
	})
}

// certificate makes one for 127.0.0.1.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err, "a key")
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err, "a certificate")
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err, "the certificate")
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
