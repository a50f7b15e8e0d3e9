// Package pyrun runs Python of detections in worker processes: it finds a Python,
// starts the harness that is embedded here, sends it requests and returns its
// answers. A worker has one request at a time, so that a crash or a silence is
// blamed on exactly one test; the worker is then replaced and the rest still runs.
//
// Python only runs the code. What a result means is decided elsewhere: this package
// knows neither specs nor expectations.
package pyrun
