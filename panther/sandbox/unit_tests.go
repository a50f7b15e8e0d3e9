package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"go.etcd.io/bbolt"
)

// UnitTest is one unit test of a detection that is sent to the sandbox.
type UnitTest struct {
	Collection Collection
	EntityID   string
	Name       string
	// Resource is the event or resource, a JSON object. It is empty for a correlation rule, whose tests have the outputs
	// of rules.
	Resource       string
	ExpectedResult bool
	// Entity is the whole detection as it was sent. It must not be modified.
	Entity map[string]any
}

// Tested is a detection whose unit tests are run before it is saved, and what its code may use.
type Tested struct {
	Collection Collection
	ID         string
	// Entity is the detection as it would be stored, as JSON.
	Entity []byte
	// Stored are all globals and data models, as JSON.
	Stored map[Collection][][]byte
}

type testError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type functionResult struct {
	Output string     `json:"output"`
	Error  *testError `json:"error,omitempty"`
}

type testResult struct {
	Name      string                    `json:"name"`
	Passed    bool                      `json:"passed"`
	Errored   bool                      `json:"errored"`
	Error     *testError                `json:"error,omitempty"`
	Functions map[string]functionResult `json:"functions"`
}

// runTests checks a detection's unit tests. If one fails, it answers with all
// results.
func (s *Server) runTests(c *call, entity []byte) *answer {
	if !s.options.CheckTests && s.options.RunTests == nil {
		return nil
	}
	tests, _ := c.body["tests"].([]any)
	failures, err := s.ran(c, entity, len(tests))
	if err != nil {
		return unavailable(err)
	}
	results := make([]testResult, 0, len(tests))
	seen := make(map[string]bool, len(tests))
	var failed []string
	for _, v := range tests {
		test, _ := v.(map[string]any)
		result := s.runTest(c, test, seen, failures)
		if !result.Passed {
			failed = append(failed, result.Name)
		}
		results = append(results, result)
	}
	if len(failed) == 0 {
		return nil
	}
	var list any = results
	if c.kind.collection == CorrelationRules {
		list = plainResults(results)
	}
	return jsonAnswer(http.StatusBadRequest, map[string]any{
		"message":     fmt.Sprintf("%d of %d unit tests failed: %s", len(failed), len(tests), strings.Join(failed, ", ")),
		"testResults": list,
	})
}

// plainResults returns results as for a correlation rule, where an error is a text.
func plainResults(results []testResult) []map[string]any {
	out := make([]map[string]any, 0, len(results))
	for _, r := range results {
		one := map[string]any{"name": r.Name, "passed": r.Passed}
		if r.Error != nil {
			one["error"] = r.Error.Message
		} else if f := r.Functions["detection"]; f.Error != nil {
			one["error"] = f.Error.Message
		}
		out = append(out, one)
	}
	return out
}

// ran runs the tests of a detection, if there is something that can.
func (s *Server) ran(c *call, entity []byte, tests int) (map[string]string, error) {
	if s.options.RunTests == nil || tests == 0 {
		return nil, nil
	}
	t := Tested{Collection: c.kind.collection, ID: c.id, Entity: entity, Stored: map[Collection][][]byte{}}
	err := s.store.view(func(tx *bbolt.Tx) error {
		for _, from := range []Collection{Globals, DataModels} {
			cursor := tx.Bucket([]byte(from)).Cursor()
			for key, raw := cursor.First(); key != nil; key, raw = cursor.Next() {
				t.Stored[from] = append(t.Stored[from], bytes.Clone(raw))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.options.RunTests(c.ctx, t)
}

func (s *Server) runTest(c *call, test map[string]any, seen map[string]bool, failures map[string]string) testResult {
	name, _ := test["name"].(string)
	event := maps.Clone(test)
	asResource(event)
	resource, _ := event["resource"].(string)
	expected, _ := test["expectedResult"].(bool)
	if seen[name] {
		return erroredTest(name, "DuplicateName", fmt.Sprintf("another unit test has the name %q", name))
	}
	seen[name] = true
	if c.kind.collection != CorrelationRules && !isJSONObject(resource) {
		return erroredTest(name, "InvalidResource", "the resource is not a JSON object")
	}
	if why, failed := failures[name]; failed {
		return failedTest(name, expected, why)
	}
	if s.options.CheckTest == nil {
		return passedTest(name, expected)
	}
	passed, message := s.options.CheckTest(UnitTest{Collection: c.kind.collection, EntityID: c.id, Name: name,
		Resource: resource, ExpectedResult: expected, Entity: c.body})
	if passed {
		return passedTest(name, expected)
	}
	return failedTest(name, expected, message)
}

func failedTest(name string, expected bool, message string) testResult {
	result := passedTest(name, !expected)
	result.Passed = false
	if message != "" {
		result.Functions["detection"] = functionResult{Error: &testError{Code: "FailedTest", Message: message}}
	}
	return result
}

func passedTest(name string, output bool) testResult {
	return testResult{Name: name, Passed: true,
		Functions: map[string]functionResult{"detection": {Output: fmt.Sprint(output)}}}
}

func erroredTest(name, code, message string) testResult {
	return testResult{Name: name, Errored: true, Error: &testError{Code: code, Message: message},
		Functions: map[string]functionResult{}}
}

func isJSONObject(text string) bool {
	raw := []byte(text)
	return json.Valid(raw) && bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{"))
}
