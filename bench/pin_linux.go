package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// cpuSet is a set of processors, as the kernel takes it.
type cpuSet [16]uint64

func setOf(cpu int) cpuSet {
	var s cpuSet
	s[cpu/64] = 1 << (cpu % 64)
	return s
}

// affinity returns where a thread may run; 0 is the calling one.
func affinity(thread int) (cpuSet, error) {
	var s cpuSet
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, uintptr(thread), unsafe.Sizeof(s), uintptr(unsafe.Pointer(&s)))
	if errno != 0 {
		return s, os.NewSyscallError("sched_getaffinity", errno)
	}
	return s, nil
}

func setAffinity(thread int, s cpuSet) error {
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(thread), unsafe.Sizeof(s), uintptr(unsafe.Pointer(&s)))
	if errno != 0 {
		return os.NewSyscallError("sched_setaffinity", errno)
	}
	return nil
}

// pinSelf moves all threads of this program to a processor. New ones inherit it.
func pinSelf(cpu int) error {
	for range 2 { // a thread may come while the first round is under way
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil {
				return err
			}
			if err := setAffinity(id, setOf(cpu)); err != nil && !os.IsNotExist(err) && !isGone(err) {
				return err
			}
		}
	}
	return nil
}

func isGone(err error) bool {
	e, ok := err.(*os.SyscallError)
	return ok && e.Err == syscall.ESRCH
}

// findCPUs asks the kernel which processors this program may use.
func findCPUs() (server, load int, shared bool, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0, false, err
	}
	_, list, _ := strings.Cut(string(status), "Cpus_allowed_list:")
	list, _, _ = strings.Cut(list, "\n")
	allowed, err := parseCPUs(list)
	if err != nil {
		return 0, 0, false, err
	}
	var siblings []int
	text, err := os.ReadFile("/sys/devices/system/cpu/cpu" + strconv.Itoa(allowed[0]) + "/topology/thread_siblings_list")
	if err == nil { // some containers hide it
		if siblings, err = parseCPUs(string(text)); err != nil {
			return 0, 0, false, err
		}
	}
	server, load, shared = twoCPUs(allowed, siblings)
	return server, load, shared, nil
}

// raiseLimit lets this program and all that it starts open as many files as the system
// lets it, and returns how many those are.
func raiseLimit() (int, error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, os.NewSyscallError("getrlimit", err)
	}
	// Go has raised its own limit already; what it starts gets it only when it is set.
	l.Cur = l.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, os.NewSyscallError("setrlimit", err)
	}
	return int(min(l.Cur, 1<<20)), nil
}
