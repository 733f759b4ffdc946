/* LD_PRELOAD shim: a disk that is cut off, for the files of one name and one process only.
 *   gcc -shared -fPIC -O2 -o diskfault.so diskfault.c -ldl
 *   DISKFAULT_FILE=cut DISKFAULT_NAME=data.db LD_PRELOAD=./diskfault.so python3 app.py &
 *   touch cut        # from now on nothing can be written to or synced in files called *data.db*: EIO
 *   rm cut           # the disk is back */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int is_cut_off(int fd)
{
    const char *flag = getenv("DISKFAULT_FILE"), *name = getenv("DISKFAULT_NAME");
    char link[64], path[4096];
    if (!flag || !name || access(flag, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return strstr(path, name) != NULL;
}

#define CUT_OFF(type, name, parameters, arguments)                       \
    type name parameters                                                 \
    {                                                                    \
        static type (*real) parameters;                                  \
        if (!real) real = (type (*) parameters)dlsym(RTLD_NEXT, #name);  \
        if (is_cut_off(fd)) { errno = EIO; return -1; }                  \
        return real arguments;                                           \
    }

CUT_OFF(ssize_t, pwrite, (int fd, const void *data, size_t count, off_t at), (fd, data, count, at))
CUT_OFF(ssize_t, pwrite64, (int fd, const void *data, size_t count, off64_t at), (fd, data, count, at))
CUT_OFF(ssize_t, write, (int fd, const void *data, size_t count), (fd, data, count))
CUT_OFF(int, ftruncate, (int fd, off_t length), (fd, length))
CUT_OFF(int, ftruncate64, (int fd, off64_t length), (fd, length))
CUT_OFF(int, fsync, (int fd), (fd))
CUT_OFF(int, fdatasync, (int fd), (fd))
