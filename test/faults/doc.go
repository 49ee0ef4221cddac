// Package faults holds what goes wrong around a server of files against salver.Server, in
// both of its lanes, and against the command.
//
// This is which fault is tested where, and the figure that it is held to. Bounds in
// tests are wider, so that a busy machine does not fail them; the figures are logged.
//
//	FA1  10,000 connections at rest      idle_linux_test.go    6 KiB each (bound 9)
//	FA2  a head, or content, that drips  patience_test.go      closed after 10 s, not before
//	                                     internal/engine TestHeadLimit, over a socket
//	FA3  nothing sent                    patience_test.go      closed after 10 s
//	                                     internal/engine TestIdleLimit, over a socket
//	FA4  at rest between requests        patience_test.go      closed after 55 s to 60 s
//	     too many connections            internal/engine TestBrief, TestOldestGoes,
//	                                     TestTurnedAway        after 5 s; the oldest; 503
//	FA5  a reader of nothing, too little patience_test.go      let go after 30 s; 512 B/s
//	                                     internal/engine TestStallLimit, TestRateLimit
//	FA6  64 descriptors, 200 clients     nofile_linux_test.go  5 % of a processor, a line in
//	                                                           10 s, an answer to all
//	     no descriptor for a file        exhaustion_linux_test.go  503, and good afterwards
//	FA7  odd times and sizes             metadata_test.go      HEAD of 1 TiB in 5 ms (bound 50)
//	FA8  a read that fails               read_error_test.go    ends short, logged
//	FA9  a deploy, a root made anew      deploy_test.go        seen in 0.1 s (bound 4), no error
//	FA10 a file cut while it is sent     change_test.go        ends short
//	FA11 replaced or removed meanwhile   change_test.go        the old content, whole
//	     changed between two requests    fresh_linux_test.go   seen by the very next, in all codings
//	FA12 a directory of many entries     directory_linux_test.go  32 MiB of memory
//	FA13 SIGTERM during a download       signal_linux_test.go  closed to others at once
//	                                     cmd/salver drain.txtar, cut.txtar
//	FA14 SIGKILL and a new start         signal_linux_test.go  0.1 s (bound 5)
//	FA15 no room for the log             log_linux_test.go     no answer waits
//	FA16 nobody has the log              cmd/salver pipes.txtar
//	FA17 nobody reads the log            log_linux_test.go     12,000 requests, the lines that
//	                                                           are missing are counted
//	                                     cmd/salver pipes.txtar
//	FA18 1,000 resets                    abuse_linux_test.go   nothing is held, or logged
//	FA19 a client that half-closes       abuse_linux_test.go   the whole answer, then the end
//	FA20 10,000 requests in one write    abuse_linux_test.go   4 MiB of memory
//	FA21 many ranges                     ranges_test.go        the file's size and 1 KiB
//	     edits in all codings            coding_test.go          nothing old, mixed or wrong
//	FA22 64 clients want 100 MiB coded   compress_linux_test.go  sent as it is, others wait 1 to 3 times
//	     64 texts of 8 MiB at once                             one coded at a time, 80 to 125 MiB of
//	                                                           memory (bound 256); others wait 2 to
//	                                                           14 ms at p99 on two (bound 100)
//	     a GiB of zeros as a sidecar     bomb_linux_test.go    406 in 0.1 s (bound 5); 64 at once
//	                                                           50 MiB of memory (bound 512)
//	     a sidecar that is broken        broken_sidecar_linux_test.go  0.1 ms (bound 2), once found out
//	     1,000 values of Accept-Encoding accepts_linux_test.go 13 MiB of memory (bound 32)
//	FA30 1,000 half-open handshakes      http2_stalled_linux_test.go  let go after 10 s, others served
//	     floods of HTTP/2                http2_floods_linux_test.go  closed after some 1,000 frames, or
//	                                                           borne: 2 µs of processor a frame
//	     windows that never open         http2_stalled_linux_test.go  let go after 30 s; 17 descriptors
//	                                                           and half a MiB for a connection
//	FA25 special files, circles of links special_linux_test.go 404 in 5 ms (bound 50)
//
// A store through a memory mapping that was written to before is not told by the system
// when it happens, and so is not seen before that; on tmpfs it never is.
package faults
