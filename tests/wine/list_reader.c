/* Prints the access list of a pipe, and then the user of this process.

     list-reader PIPE */
#include <windows.h>
#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>

int wmain(int count, WCHAR **words) {
    PSECURITY_DESCRIPTOR list;
    HANDLE self;
    union {
        TOKEN_USER user;
        char space[256];
    } me;
    DWORD length;
    char *text;
    HANDLE pipe = CreateFileW(words[count - 1], GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (pipe == INVALID_HANDLE_VALUE)
        return 1;
    if (GetSecurityInfo(pipe, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, NULL, NULL, &list))
        return 2;
    if (!ConvertSecurityDescriptorToStringSecurityDescriptorA(list, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL))
        return 3;
    puts(text);
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &self) ||
        !GetTokenInformation(self, TokenUser, &me, sizeof me, &length) || !ConvertSidToStringSidA(me.user.User.Sid, &text))
        return 4;
    puts(text);
    return 0;
}
