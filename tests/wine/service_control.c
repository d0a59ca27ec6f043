/* Controls a service.

     service-control create NAME COMMAND-LINE
     service-control start|state|reload|stop|remove NAME

   `state` prints the state (1 stopped, 2 starting, 3 stopping, 4 running), the controls that the
   service accepts, and its two exit codes. */
#include <windows.h>
#include <stdio.h>

static int failed(const char *what) {
    fprintf(stderr, "%s: error %lu\n", what, GetLastError());
    return 1;
}

static int control(SC_HANDLE service, DWORD code) {
    SERVICE_STATUS status;
    return ControlService(service, code, &status) ? 0 : failed("control");
}

static int state(SC_HANDLE service) {
    SERVICE_STATUS now;
    if (!QueryServiceStatus(service, &now))
        return failed("state");
    printf("%lu %lu %lu %lu\n", now.dwCurrentState, now.dwControlsAccepted, now.dwWin32ExitCode, now.dwServiceSpecificExitCode);
    return 0;
}

int wmain(int count, WCHAR **words) {
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE service;
    if (!manager || count < 3)
        return failed("manager");
    if (!wcscmp(words[1], L"create"))
        return CreateServiceW(manager, words[2], words[2], SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START,
                              SERVICE_ERROR_NORMAL, words[3], NULL, NULL, NULL, NULL, NULL)
                   ? 0
                   : failed("create");
    service = OpenServiceW(manager, words[2], SERVICE_ALL_ACCESS);
    if (!service)
        return failed("open");
    if (!wcscmp(words[1], L"start"))
        return StartServiceW(service, 0, NULL) ? 0 : failed("start");
    if (!wcscmp(words[1], L"state"))
        return state(service);
    if (!wcscmp(words[1], L"reload"))
        return control(service, SERVICE_CONTROL_PARAMCHANGE);
    if (!wcscmp(words[1], L"stop"))
        return control(service, SERVICE_CONTROL_STOP);
    return DeleteService(service) ? 0 : failed("remove");
}
