// Go's encoding/json, token by token, with numbers as text. Prints what ../README.md says.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func dumpValue(decoder *json.Decoder, out *strings.Builder) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	switch value := token.(type) {
	case nil:
		out.WriteString("z")
	case bool:
		if value {
			out.WriteString("t")
		} else {
			out.WriteString("f")
		}
	case json.Number:
		out.WriteString("n" + value.String())
	case string:
		out.WriteString("s" + hex.EncodeToString([]byte(value)))
	case json.Delim:
		return dumpContainer(decoder, out, value == '{')
	}
	return nil
}

func dumpContainer(decoder *json.Decoder, out *strings.Builder, object bool) error {
	brackets := "[]"
	if object {
		brackets = "{}"
	}
	out.WriteByte(brackets[0])
	for first := true; decoder.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		if object {
			key, err := decoder.Token()
			if err != nil {
				return err
			}
			text, isString := key.(string)
			if !isString {
				return errors.New("a key that is not a string")
			}
			out.WriteString(hex.EncodeToString([]byte(text)) + ":")
		}
		if err := dumpValue(decoder, out); err != nil {
			return err
		}
	}
	_, err := decoder.Token()
	out.WriteByte(brackets[1])
	return err
}

func dump(document []byte) (string, error) {
	if !json.Valid(document) {
		return "", errors.New("not valid")
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var out strings.Builder
	if err := dumpValue(decoder, &out); err != nil {
		return "", err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return "", errors.New("more than one document")
	}
	return out.String(), nil
}

func main() {
	entries, err := os.ReadDir(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, entry := range entries {
		document, err := os.ReadFile(filepath.Join(os.Args[1], entry.Name()))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if text, err := dump(document); err != nil {
			fmt.Fprintf(out, "%s\treject\t\n", entry.Name())
		} else {
			fmt.Fprintf(out, "%s\taccept\t%s\n", entry.Name(), text)
		}
	}
}
