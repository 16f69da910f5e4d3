// Command runc-within-limits stands in front of runc where this machine's root has no CAP_SYS_RESOURCE, as inside of some
// virtual machines and containers. There runc refuses a privileged container, since it may not give away a capability that
// nobody has, nor raise a limit, nor make a process less likely to be killed. This program takes those three wishes out of
// what runc is asked for, and becomes runc. With the capability it changes nothing.
//
// The real runc is what RUNC names, else /usr/sbin/runc.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const (
	sysResource     = 24
	sysResourceName = "CAP_SYS_RESOURCE"
)

func main() {
	arguments := os.Args[1:]
	if !mayRaise() {
		if err := lower(arguments); err != nil {
			fmt.Fprintln(os.Stderr, "runc-within-limits:", err)
			os.Exit(1)
		}
	}
	runc := os.Getenv("RUNC")
	if runc == "" {
		runc = "/usr/sbin/runc"
	}
	err := syscall.Exec(runc, append([]string{runc}, arguments...), os.Environ())
	fmt.Fprintln(os.Stderr, "runc-within-limits:", runc, err)
	os.Exit(127)
}

// mayRaise tells whether this process could have CAP_SYS_RESOURCE.
func mayRaise() bool {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return true
	}
	for line := range strings.Lines(string(status)) {
		if bounds, found := strings.CutPrefix(line, "CapBnd:"); found {
			set, err := strconv.ParseUint(strings.TrimSpace(bounds), 16, 64)
			return err != nil || set&(1<<sysResource) != 0
		}
	}
	return true
}

// lower changes the file in which runc is told of the process: a container's for "create" and "run", one of its own for
// "exec". Other commands have none.
func lower(arguments []string) error {
	command := slices.IndexFunc(arguments, func(one string) bool {
		return one == "create" || one == "run" || one == "exec"
	})
	if command < 0 {
		return nil
	}
	rest := arguments[command+1:]
	if arguments[command] == "exec" {
		file := value(rest, "process", "p")
		if file == "" {
			return nil
		}
		return edit(file, func(all map[string]any) map[string]any { return all })
	}
	bundle := value(rest, "bundle", "b")
	return edit(filepath.Join(bundle, "config.json"), func(all map[string]any) map[string]any {
		process, _ := all["process"].(map[string]any)
		return process
	})
}

// value is that of an option: "--name value", "--name=value", "-n value".
func value(arguments []string, name, letter string) string {
	for index, one := range arguments {
		if after, found := strings.CutPrefix(one, "--"+name+"="); found {
			return after
		}
		if (one == "--"+name || one == "-"+letter) && index+1 < len(arguments) {
			return arguments[index+1]
		}
	}
	return ""
}

func edit(file string, processOf func(map[string]any) map[string]any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	// Numbers stay as they are written: a limit may be larger than a float is exact.
	decoder.UseNumber()
	var all map[string]any
	if err := decoder.Decode(&all); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	process := processOf(all)
	if process == nil {
		return nil
	}
	dropCapability(process)
	dropScore(process)
	capLimits(process)
	text, err = json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

func dropCapability(process map[string]any) {
	sets, _ := process["capabilities"].(map[string]any)
	for name, set := range sets {
		if list, is := set.([]any); is {
			sets[name] = slices.DeleteFunc(list, func(one any) bool { return one == sysResourceName })
		}
	}
}

// dropScore leaves the score as it is inherited where a lower one is wished for.
func dropScore(process map[string]any) {
	wished, is := process["oomScoreAdj"].(json.Number)
	if !is {
		return
	}
	text, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		return
	}
	own, errOwn := strconv.Atoi(strings.TrimSpace(string(text)))
	want, errWant := strconv.Atoi(wished.String())
	if errOwn == nil && errWant == nil && want < own {
		delete(process, "oomScoreAdj")
	}
}

// limits are the kernel's numbers of the limits that container engines set.
var limits = map[string]int{
	"RLIMIT_CPU": 0, "RLIMIT_FSIZE": 1, "RLIMIT_DATA": 2, "RLIMIT_STACK": 3, "RLIMIT_CORE": 4, "RLIMIT_RSS": 5,
	"RLIMIT_NPROC": 6, "RLIMIT_NOFILE": 7, "RLIMIT_MEMLOCK": 8, "RLIMIT_AS": 9, "RLIMIT_LOCKS": 10,
	"RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12, "RLIMIT_NICE": 13, "RLIMIT_RTPRIO": 14, "RLIMIT_RTTIME": 15,
}

func capLimits(process map[string]any) {
	list, _ := process["rlimits"].([]any)
	for _, one := range list {
		limit, _ := one.(map[string]any)
		name, _ := limit["type"].(string)
		number, known := limits[name]
		var own syscall.Rlimit
		if !known || syscall.Getrlimit(number, &own) != nil {
			continue
		}
		for _, which := range []string{"hard", "soft"} {
			wished, is := limit[which].(json.Number)
			if !is {
				continue
			}
			if count, err := strconv.ParseUint(wished.String(), 10, 64); err == nil && count > own.Max {
				limit[which] = json.Number(strconv.FormatUint(own.Max, 10))
			}
		}
	}
}
