/* Holds a file open that others may read, but not remove or replace, until standard input ends.

     hold-open FILE */
#include <windows.h>
#include <stdio.h>

int wmain(int count, WCHAR **words) {
    HANDLE file = CreateFileW(words[count - 1], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return 1;
    puts("open");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
