// Package faults holds what goes wrong around a server of files against salver.
package faults
