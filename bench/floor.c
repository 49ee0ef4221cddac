//go:build ignore

/* What a kept-alive answer costs at the least: one epoll_wait for all that have come,
 * one read and one write each. The answers are made before; nothing but the target is
 * looked at and no file is asked for. No server of files can be much cheaper.
 *
 *   floor DIRECTORY PORT [304:|gzip:]TARGET...
 *
 * 304: is for a target that has not changed, gzip: for one whose content, in TARGET.gz,
 * is sent in that coding.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ANSWERS = 16, BATCH = 256, MAX_HEAD = 16384 };

struct answer {
	const char *target;
	size_t target_length;
	const char *bytes;
	size_t length;
};

/* A connection, with what is left to send of an answer that did not fit. */
struct connection {
	int fd;
	const char *rest;
	size_t left;
};

static struct answer answers[MAX_ANSWERS];
static int answer_count;
static int epoll;

static void fail(const char *what) {
	perror(what);
	exit(1);
}

/* Removes prefix from *text. Returns 0 where it is not there. */
static int cut_prefix(const char **text, const char *prefix) {
	if (strncmp(*text, prefix, strlen(prefix)))
		return 0;
	*text += strlen(prefix);
	return 1;
}

/* Makes an answer of a head alone, of the length that others send. */
static void make_not_modified(struct answer *a) {
	a->bytes =
		"HTTP/1.1 304 Not Modified\r\nServer: floor\r\nDate: Sun, 01 Jun 2025 12:00:00 GMT\r\n"
		"Last-Modified: Sun, 01 Jun 2025 12:00:00 GMT\r\nETag: \"0123456789abcdef\"\r\n"
		"Cache-Control: no-cache\r\nVary: Accept-Encoding\r\n\r\n";
	a->length = strlen(a->bytes);
}

static void make_answer(struct answer *a, const char *directory, const char *target) {
	char name[4096];
	struct stat st;
	int not_modified = cut_prefix(&target, "304:"), coded = cut_prefix(&target, "gzip:");
	a->target = target;
	a->target_length = strlen(target);
	if (not_modified) {
		make_not_modified(a);
		return;
	}
	if (snprintf(name, sizeof name, "%s%s%s", directory, target, coded ? ".gz" : "") >= (int)sizeof name) {
		fprintf(stderr, "the name of the file is too long\n");
		exit(1);
	}
	int fd = open(name, O_RDONLY);
	if (fd < 0 || fstat(fd, &st) < 0)
		fail(name);
	char *bytes = malloc(st.st_size + 512);
	if (!bytes)
		fail("malloc");
	int head = snprintf(bytes, 512,
		"HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Sun, 01 Jun 2025 12:00:00 GMT\r\n"
		"Content-Type: text/html; charset=utf-8\r\nContent-Length: %lld\r\n"
		"Last-Modified: Sun, 01 Jun 2025 12:00:00 GMT\r\nETag: \"0123456789abcdef\"\r\n"
		"Accept-Ranges: bytes\r\n%s\r\n",
		(long long)st.st_size, coded ? "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n" : "");
	for (off_t done = 0; done < st.st_size;) {
		ssize_t n = read(fd, bytes + head + done, st.st_size - done);
		if (n <= 0)
			fail(name);
		done += n;
	}
	close(fd);
	a->bytes = bytes;
	a->length = head + st.st_size;
}

static int listen_on(int port) {
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 4096) < 0)
		fail("listen");
	return fd;
}

static void watch(int operation, struct connection *c, unsigned events) {
	struct epoll_event e = {.events = events, .data.ptr = c};
	if (epoll_ctl(epoll, operation, c->fd, &e) < 0)
		fail("epoll_ctl");
}

static void end(struct connection *c) {
	close(c->fd);
	free(c);
}

static void accept_all(int listener) {
	int fd, one = 1;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct connection *c = calloc(1, sizeof *c);
		if (!c)
			fail("calloc");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		c->fd = fd;
		watch(EPOLL_CTL_ADD, c, EPOLLIN);
	}
}

/* Sends what is left. Returns 0 when the connection has ended. */
static int send_rest(struct connection *c) {
	ssize_t n = write(c->fd, c->rest, c->left);
	if (n < 0 && errno != EAGAIN) {
		end(c);
		return 0;
	}
	if (n > 0) {
		c->rest += n;
		c->left -= n;
	}
	return 1;
}

static void answer(struct connection *c) {
	static char head[MAX_HEAD];
	ssize_t n = read(c->fd, head, sizeof head);
	if (n < 0 && errno == EAGAIN)
		return;
	for (int i = 0; i < answer_count; i++) {
		const struct answer *a = &answers[i];
		size_t end_of_target = strlen("GET ") + a->target_length;
		if (n <= (ssize_t)end_of_target || head[end_of_target] != ' ' ||
			memcmp(head + strlen("GET "), a->target, a->target_length))
			continue;
		c->rest = a->bytes;
		c->left = a->length;
		if (send_rest(c) && c->left)
			watch(EPOLL_CTL_MOD, c, EPOLLOUT); /* what did not fit waits for room */
		return;
	}
	end(c);
}

static void go_on(struct connection *c) {
	if (send_rest(c) && !c->left)
		watch(EPOLL_CTL_MOD, c, EPOLLIN);
}

int main(int argc, char **argv) {
	if (argc < 4 || argc > 3 + MAX_ANSWERS) {
		fprintf(stderr, "usage: floor DIRECTORY PORT [304:|gzip:]TARGET...\n");
		return 2;
	}
	for (int i = 3; i < argc; i++)
		make_answer(&answers[answer_count++], argv[1], argv[i]);
	signal(SIGPIPE, SIG_IGN); /* write tells of a client that has gone */
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		fail("epoll_create1");
	struct connection listener = {.fd = listen_on(atoi(argv[2]))};
	watch(EPOLL_CTL_ADD, &listener, EPOLLIN);
	for (;;) {
		struct epoll_event events[BATCH];
		int n = epoll_wait(epoll, events, BATCH, -1);
		if (n < 0 && errno != EINTR)
			fail("epoll_wait");
		for (int i = 0; i < n; i++) {
			struct connection *c = events[i].data.ptr;
			if (c == &listener)
				accept_all(c->fd);
			else if (c->left)
				go_on(c);
			else
				answer(c);
		}
	}
}
