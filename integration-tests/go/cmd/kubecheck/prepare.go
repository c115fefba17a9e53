package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// prepare writes the key that signs service account tokens and the token of an administrator.
func prepare() error {
	if err := os.MkdirAll(*dir, 0o700); err != nil {
		return err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(filepath.Join(*dir, "service-account.key"), block, 0o600); err != nil {
		return err
	}
	line := rand.Text() + `,admin,admin,"system:masters"` + "\n" // token, user, uid, groups
	return os.WriteFile(tokenFile(), []byte(line), 0o600)
}

func tokenFile() string { return filepath.Join(*dir, "tokens.csv") }

func readToken() (string, error) {
	line, err := os.ReadFile(tokenFile())
	if err != nil {
		return "", fmt.Errorf("run -phase prepare first: %w", err)
	}
	token, _, _ := strings.Cut(string(line), ",")
	return token, nil
}
