/* A wall clock that is ahead by the seconds (int64) at the start of the file OFFSET_FILE.
   Preloaded, see stepped_clock.py. The monotonic clock, and waits, stay as they are. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset_s;
static int (*system_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void open_offset(void) {
    const char *name = getenv("OFFSET_FILE");
    int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    void *shared = mmap(NULL, sizeof *offset_s, PROT_READ, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED) offset_s = shared;
    close(file);
}

int clock_gettime(clockid_t which, struct timespec *now) {
    if (system_gettime == NULL) system_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = system_gettime(which, now);
    if (!failed && offset_s && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        now->tv_sec += *offset_s;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec shown;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &shown)) return -1;
    now->tv_sec = shown.tv_sec;
    now->tv_usec = shown.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *kept) {
    struct timespec shown;
    clock_gettime(CLOCK_REALTIME, &shown);
    if (kept) *kept = shown.tv_sec;
    return shown.tv_sec;
}
