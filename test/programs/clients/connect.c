/* connect ADDRESS PORT THREADS COUNT blocking|non-blocking LOG: COUNT connections shared by THREADS threads. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char request[] = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
static struct sockaddr_in target;
static int non_blocking, left;
static const char *log_path;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int attempts, ok, not_available, refused, others;

static void write_log(const char *end) {
  FILE *file = fopen(log_path, "a");
  if (file == NULL) return;
  fprintf(file, "{\"attempts\":%d,\"ok\":%d,\"errors\":{", attempts, ok);
  const char *between = "";
  if (not_available > 0) fprintf(file, "\"EADDRNOTAVAIL\":%d", not_available), between = ",";
  if (refused > 0) fprintf(file, "%s\"ECONNREFUSED\":%d", between, refused), between = ",";
  if (others > 0) fprintf(file, "%s\"EUNKNOWN\":%d", between, others);
  fprintf(file, "},\"end\":\"%s\"}\n", end);
  fclose(file);
}

static int ready(int fd, short events) {
  struct pollfd one = {.fd = fd, .events = events};
  return poll(&one, 1, 2000) == 1 ? 0 : ETIMEDOUT;
}

/* 0, or the errno of what failed. */
static int ask(void) {
  int fd = socket(AF_INET, SOCK_STREAM | (non_blocking ? SOCK_NONBLOCK : 0), 0);
  if (fd < 0) return errno;
  int error = connect(fd, (struct sockaddr *)&target, sizeof target) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    socklen_t size = sizeof error;
    if ((error = ready(fd, POLLOUT)) == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
  }
  char answer[4096];
  if (error == 0 && send(fd, request, sizeof request - 1, MSG_NOSIGNAL) < 0) error = errno;
  if (error == 0) error = ready(fd, POLLIN);
  if (error == 0 && recv(fd, answer, sizeof answer, 0) < 0) error = errno;
  close(fd);
  return error;
}

static void *work(void *unused) {
  (void)unused;
  for (;;) {
    pthread_mutex_lock(&lock);
    int mine = left-- > 0;
    pthread_mutex_unlock(&lock);
    if (!mine) return NULL;
    int error = ask();
    pthread_mutex_lock(&lock);
    attempts++;
    if (error == 0) ok++;
    else if (error == EADDRNOTAVAIL && ++not_available == 1) write_log("running");
    else if (error == ECONNREFUSED) refused++;
    else if (error != EADDRNOTAVAIL) others++;
    pthread_mutex_unlock(&lock);
  }
}

int main(int argc, char **argv) {
  if (argc != 7) return 64;
  target.sin_family = AF_INET;
  target.sin_port = htons((unsigned short)atoi(argv[2]));
  inet_pton(AF_INET, argv[1], &target.sin_addr);
  int threads = atoi(argv[3]) > 64 ? 64 : atoi(argv[3]);
  left = atoi(argv[4]);
  non_blocking = strcmp(argv[5], "non-blocking") == 0;
  log_path = argv[6];
  pthread_t ids[64];
  for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, work, NULL);
  for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
  write_log("done");
  return 0;
}
