/* Runs a command line in a process group of its own, with a console, and sends it Ctrl-Break when
   standard input ends. The exit status is that of the command, or 99 if it did not end within 30
   seconds.

     console-break PROGRAM ARGUMENT... */
#include <windows.h>
#include <stdio.h>

static HANDLE input;

static DWORD WINAPI wait_for_end(void *unused) {
    char byte;
    DWORD read;
    while (ReadFile(input, &byte, 1, &read, NULL) && read > 0)
        ;
    return 0;
}

/* The command line after its first word, which is the path of this program without spaces. */
static WCHAR *rest(WCHAR *line) {
    BOOL quoted = FALSE;
    for (; *line && (quoted || *line != L' '); line++)
        if (*line == L'"')
            quoted = !quoted;
    while (*line == L' ')
        line++;
    return line;
}

int wmain(void) {
    STARTUPINFOW start = {sizeof start};
    PROCESS_INFORMATION child;
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    DWORD status = 98;
    HANDLE ends[2];
    input = GetStdHandle(STD_INPUT_HANDLE);
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ, &inherited, OPEN_EXISTING, 0, NULL);
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    /* fails if this process has a console already */
    AllocConsole();
    if (!CreateProcessW(NULL, rest(GetCommandLineW()), NULL, NULL, TRUE, CREATE_NEW_PROCESS_GROUP, NULL, NULL, &start,
                        &child))
        return 97;
    ends[0] = child.hProcess;
    ends[1] = CreateThread(NULL, 0, wait_for_end, NULL, 0, NULL);
    if (WaitForMultipleObjects(2, ends, FALSE, INFINITE) == WAIT_OBJECT_0 + 1 &&
        !GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, child.dwProcessId))
        fprintf(stderr, "console-break: error %lu\n", GetLastError());
    if (WaitForSingleObject(child.hProcess, 30000) != WAIT_OBJECT_0) {
        TerminateProcess(child.hProcess, 99);
        return 99;
    }
    GetExitCodeProcess(child.hProcess, &status);
    return status;
}
