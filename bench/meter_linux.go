package main

import (
	"os"
	"syscall"
	"time"
)

// account is what processors have done until a moment.
type account struct {
	cpus []int
	at   time.Time
	busy time.Duration // for whomever
	own  time.Duration // for this program and the loads that it has started
}

func readAccount(server, load int) (account, error) {
	a := account{cpus: []int{server}, at: time.Now()}
	if load != server {
		a.cpus = append(a.cpus, load)
	}
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return a, err
	}
	for _, cpu := range a.cpus {
		busy, err := parseBusy(string(text), cpu)
		if err != nil {
			return a, err
		}
		a.busy += busy
	}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			return a, os.NewSyscallError("getrusage", err)
		}
		a.own += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return a, nil
}

// meter adds up what others took of the processors during visits.
type meter struct {
	others, all time.Duration
}

// add counts the time since an account was read, of which a server has used some.
func (m *meter) add(since account, server time.Duration) error {
	now, err := readAccount(since.cpus[0], since.cpus[len(since.cpus)-1])
	if err != nil {
		return err
	}
	m.others += now.busy - since.busy - (now.own - since.own) - server
	m.all += now.at.Sub(since.at) * time.Duration(len(since.cpus))
	return nil
}

// share is what part of the time went to others.
func (m *meter) share() float64 {
	return max(ratio(float64(m.others), float64(m.all)), 0)
}
