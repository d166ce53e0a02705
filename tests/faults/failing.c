/* Loaded before the C library (LD_PRELOAD): reads and writes below a folder fail, or kill, where the plan says.
 *
 * FAULT_UNDER names the folder, FAULT_PLAN a file of seven 64-bit numbers that is shared with whoever plays the fault:
 *   0  how many calls of the chosen kinds there were; counted here
 *   1  the first of them that fails    2  the first that does again
 *   3  what happens: the errno, or KILL
 *   4  the kinds: 1 writes and what makes room for them, 2 syncs, 4 reads, 8 what makes, renames or removes files
 *   5  how many failed; counted here
 *   6  writes fail after half of what they were given, as on a disk that becomes full
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2, READS = 4, FILES = 8 };
enum { KILL = -1 };

static volatile int64_t *plan;
static const char *under;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULT_PLAN");
    under = getenv("FAULT_UNDER");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0 || !under) {
        fprintf(stderr, "failing.so: FAULT_PLAN and FAULT_UNDER are wanted\n");
        _exit(99);
    }
    plan = mmap(NULL, 7 * sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (plan == MAP_FAILED) _exit(99);
}

/* Whether this call is one that fails; errno is set. */
static int fails(int kind) {
    if (!(plan[4] & kind)) return 0;
    int64_t number = __atomic_add_fetch(&plan[0], 1, __ATOMIC_SEQ_CST);
    if (number < plan[1] || number >= plan[2]) return 0;
    if (plan[3] == KILL) kill(getpid(), SIGKILL);
    __atomic_add_fetch(&plan[5], 1, __ATOMIC_SEQ_CST);
    errno = (int)plan[3];
    return 1;
}

static int is_ours(const char *path) { return plan && strncmp(path, under, strlen(under)) == 0; }

static int is_our_file(int fd) {
    char link[64], path[4096];
    if (!plan) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

/* errno of the call before is nobody's concern where nothing fails. */
static int file_fails(int fd, int kind) {
    int before = errno;
    if (is_our_file(fd) && fails(kind)) return 1;
    errno = before;
    return 0;
}

static int path_fails(const char *path, int kind) {
    char full[4096];
    int before = errno;
    if (!plan) return 0;
    if (path[0] != '/') {
        char *folder = getcwd(full, sizeof full);
        if (!folder || strlen(full) + strlen(path) + 2 > sizeof full) return 0;
        strcat(strcat(full, "/"), path);
        path = full;
    }
    if (is_ours(path) && fails(kind)) return 1;
    errno = before;
    return 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t length) {
    if (!file_fails(fd, WRITES)) return REAL(write)(fd, bytes, length);
    return plan[6] && length > 1 ? REAL(write)(fd, bytes, length / 2) : -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t place) {
    if (!file_fails(fd, WRITES)) return REAL(pwrite)(fd, bytes, length, place);
    return plan[6] && length > 1 ? REAL(pwrite)(fd, bytes, length / 2, place) : -1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t place) {
    if (!file_fails(fd, WRITES)) return REAL(pwrite64)(fd, bytes, length, place);
    return plan[6] && length > 1 ? REAL(pwrite64)(fd, bytes, length / 2, place) : -1;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    return file_fails(fd, WRITES) ? -1 : REAL(writev)(fd, parts, count);
}

int ftruncate(int fd, off_t length) { return file_fails(fd, WRITES) ? -1 : REAL(ftruncate)(fd, length); }
int ftruncate64(int fd, off64_t length) { return file_fails(fd, WRITES) ? -1 : REAL(ftruncate64)(fd, length); }
int posix_fallocate(int fd, off_t place, off_t length) {
    return file_fails(fd, WRITES) ? errno : REAL(posix_fallocate)(fd, place, length);
}

int fsync(int fd) { return file_fails(fd, SYNCS) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return file_fails(fd, SYNCS) ? -1 : REAL(fdatasync)(fd); }

ssize_t read(int fd, void *bytes, size_t length) { return file_fails(fd, READS) ? -1 : REAL(read)(fd, bytes, length); }
ssize_t pread(int fd, void *bytes, size_t length, off_t place) {
    return file_fails(fd, READS) ? -1 : REAL(pread)(fd, bytes, length, place);
}
ssize_t pread64(int fd, void *bytes, size_t length, off64_t place) {
    return file_fails(fd, READS) ? -1 : REAL(pread64)(fd, bytes, length, place);
}

#define OPEN(name, ...)                                                     \
    int mode = 0;                                                           \
    if (flags & (O_CREAT | O_TMPFILE)) {                                    \
        va_list rest;                                                       \
        va_start(rest, flags);                                              \
        mode = va_arg(rest, int);                                           \
        va_end(rest);                                                       \
    }                                                                       \
    if ((flags & O_CREAT) && access(path, F_OK) != 0 && path_fails(path, FILES)) return -1; \
    return REAL(name)(__VA_ARGS__, flags, mode);

int open(const char *path, int flags, ...) { OPEN(open, path) }
int open64(const char *path, int flags, ...) { OPEN(open64, path) }
int openat(int folder, const char *path, int flags, ...) { OPEN(openat, folder, path) }
int openat64(int folder, const char *path, int flags, ...) { OPEN(openat64, folder, path) }

int rename(const char *from, const char *to) { return path_fails(to, FILES) ? -1 : REAL(rename)(from, to); }
int link(const char *from, const char *to) { return path_fails(to, FILES) ? -1 : REAL(link)(from, to); }
int unlink(const char *path) { return path_fails(path, FILES) ? -1 : REAL(unlink)(path); }
