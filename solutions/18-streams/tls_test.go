package streams_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/solutions/18-streams"
)

// certificate makes a certificate for an address or a name, which vouches for itself.
func certificate(t *testing.T, host string, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err, "making a key")
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err, "making a certificate")
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err, "reading a certificate")
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func tomorrow() time.Time { return time.Now().Add(24 * time.Hour) }

func overTLS(ln net.Listener, cert tls.Certificate) net.Listener {
	return tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}})
}

// TestTLS: a connection that says nothing holds up no handshake of another.
func TestTLS(t *testing.T) {
	gradetest.RealTime(t)
	cert, roots := certificate(t, "127.0.0.1", tomorrow())
	ln := listen(t)
	stop := atLoopback(t, &streams.Server{Handler: echo}, overTLS(ln, cert))
	silent, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err, "connecting over loopback")
	defer silent.Close()
	c, err := streams.DialTLS(soon(t), ln.Addr().String(), roots)
	require.NoError(t, err, "error of DialTLS to a server with a good certificate")
	for _, want := range []string{"weft", string(make([]byte, 100_000))} {
		got, err := c.Call(soon(t), []byte(want))
		require.NoError(t, err, "error of Call over TLS")
		require.True(t, want == string(got), "is the answer what the server has sent, %d bytes?", len(want))
	}
	require.NoError(t, c.Close(), "error of Close")
	stop()
	require.Zero(t, ln.open.Load(), "connections that the server has left open")
}

// refused dials a server whose certificate is wrong, and returns the error.
func refused(t *testing.T, cert tls.Certificate, roots *x509.CertPool, what string) error {
	t.Helper()
	ln := listen(t)
	stop := atLoopback(t, &streams.Server{Handler: echo}, overTLS(ln, cert))
	defer stop()
	c, err := streams.DialTLS(soon(t), ln.Addr().String(), roots)
	if err == nil {
		c.Close()
	}
	require.Error(t, err, "DialTLS to a server %s", what)
	return err
}

func TestUnknownAuthority(t *testing.T) {
	gradetest.RealTime(t)
	cert, _ := certificate(t, "127.0.0.1", tomorrow())
	_, roots := certificate(t, "127.0.0.1", tomorrow())
	err := refused(t, cert, roots, "whose certificate nobody vouches for")
	var unknown x509.UnknownAuthorityError
	require.True(t, errors.As(err, &unknown), "does the error wrap x509.UnknownAuthorityError? It is %v", err)
}

func TestWrongHost(t *testing.T) {
	gradetest.RealTime(t)
	cert, roots := certificate(t, "loom.example", tomorrow())
	err := refused(t, cert, roots, "whose certificate is made out to another host")
	var wrong x509.HostnameError
	require.True(t, errors.As(err, &wrong), "does the error wrap x509.HostnameError? It is %v", err)
}

func TestExpiredCertificate(t *testing.T) {
	gradetest.RealTime(t)
	cert, roots := certificate(t, "127.0.0.1", time.Now().Add(-24*time.Hour))
	err := refused(t, cert, roots, "whose certificate expired yesterday")
	var invalid x509.CertificateInvalidError
	require.True(t, errors.As(err, &invalid), "does the error wrap x509.CertificateInvalidError? It is %v", err)
}

// TestHandshakeIsBounded dials a server that listens and never says a word.
func TestHandshakeIsBounded(t *testing.T) {
	_, roots := certificate(t, "127.0.0.1", tomorrow())
	ln := listen(t)
	defer ln.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	dialing := gradetest.Go(func() error {
		c, err := streams.DialTLS(ctx, ln.Addr().String(), roots)
		if err == nil {
			c.Close()
		}
		return err
	})
	mute := ln.accept(t)
	mute.SetReadDeadline(time.Now().Add(3 * time.Second))
	_, err := mute.Read(make([]byte, 1)) // the handshake has begun
	require.NoError(t, err, "reading what DialTLS sends first")
	cancel()
	help := time.AfterFunc(time.Second, func() { mute.Close() }) // or it would hang for ever
	require.ErrorIs(t, dialing.Wait(), context.Canceled, "error of DialTLS whose context was cancelled during the handshake")
	help.Stop()
	mute.Close()
}

// TestShutdownOverTLS: what was read is answered here too.
func TestShutdownOverTLS(t *testing.T) {
	gradetest.RealTime(t)
	cert, roots := certificate(t, "127.0.0.1", tomorrow())
	g := newGated()
	ln := listen(t)
	s := &streams.Server{Handler: g.handle}
	stop := atLoopback(t, s, overTLS(ln, cert))
	c, err := streams.DialTLS(soon(t), ln.Addr().String(), roots)
	require.NoError(t, err, "error of DialTLS to a server with a good certificate")
	calling := call(soon(t), c, "weft")
	select {
	case g.open <- struct{}{}: // the handler has begun, and ends
	case <-time.After(3 * time.Second):
		t.Fatal("no handler is called within three seconds")
	}
	require.Equal(t, said{"weft", nil}, calling.Wait(), "what Call over TLS returned")
	calling = call(soon(t), c, "warp")
	for start := time.Now(); g.inside.Total() < 2 && time.Since(start) < 5*time.Second; {
		time.Sleep(time.Millisecond)
	}
	down := shutdown(soon(t), s)
	close(g.open)
	require.Equal(t, said{"warp", nil}, calling.Wait(), "what Call over TLS returned, with Shutdown on the way")
	require.NoError(t, down.Wait(), "error of Shutdown")
	stop()
	c.Close()
}
