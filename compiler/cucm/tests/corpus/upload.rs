//! The recorded exchange with the upload page.

use adr_cucm::upload::{FileUpload, FormError, Token, UploadPage, login, read_page, upload};

use crate::recordings::recording;

const BOUNDARY: &str = "2f6d1c0b9a8e4f7d83b5c6a1e0d49f72";

fn page(name: &str) -> UploadPage {
    read_page(&recording(&format!("cucm/{name}")))
}

fn token_of(page: UploadPage) -> Token {
    let UploadPage::Upload { token: Some(token), .. } = page else {
        panic!("{page:?} has a token");
    };
    token
}

fn rules(bytes: &[u8]) -> FileUpload<'_> {
    FileUpload { name: "AppDialRules.xml", bytes, directory: "CUPC" }
}

/// The body of a recorded HTTP request.
fn body_of(name: &str) -> Vec<u8> {
    let request = recording(&format!("cucm/{name}"));
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").expect("a body");
    request[end + 4..].to_vec()
}

#[test]
fn token_is_found_whatever_the_order_of_attributes() {
    let token = token_of(page("58-tftpFileUpload-page-res.html"));
    assert_eq!(token.field, "token");
    assert_eq!(token.value, "7QK2M9ZC4XN8R1VH5TB0WJ3YD6LFGPSA");
    assert_eq!(token_of(page("62-tftpFileUpload-page-other-order-res.html")), token);
}

#[test]
fn answer_to_an_upload_has_the_next_token_and_its_text() {
    let page = page("59-tftpFileUpload-upload-res.html");
    let UploadPage::Upload { text, .. } = &page else { panic!("{page:?}") };
    assert!(text.starts_with("The file AppDialRules.xml was stored."), "{text}");
    assert_eq!(token_of(page).value, "P0D4HX8SLB6ZQ1NW9GKT3FYA7RJ5VCM2");
    let again = token_of(self::page("60-tftpFileUpload-again-res.html"));
    assert_eq!(again.value, "Q1D4HX8SLB6ZQ1NW9GKT3FYA7RJ5VCM2");
}

#[test]
fn login_form_is_logged_out() {
    let page = page("61-tftpFileUpload-login-res.html");
    assert!(matches!(page, UploadPage::LoggedOut { .. }), "{page:?}");
}

#[test]
fn page_without_a_form_is_locked_out() {
    let page = read_page(
        "<p>Zu viele Sitzungen</p><script>'<input name=token value=x>'</script>".as_bytes(),
    );
    assert_eq!(page, UploadPage::LockedOut { text: "Zu viele Sitzungen".to_owned() });
}

#[test]
fn form_before_release_11_has_no_token() {
    let page = read_page(b"<form><input type='file' name='file'></form>");
    assert!(matches!(page, UploadPage::Upload { token: None, .. }), "{page:?}");
}

#[test]
fn upload_equals_the_recorded_bytes() {
    let file = recording("cucm/AppDialRules.xml");
    let token = token_of(page("58-tftpFileUpload-page-res.html"));
    let request = upload(&rules(&file), Some(&token), BOUNDARY).expect("a request");
    assert_eq!(request.body, recording("cucm/59-tftpFileUpload-upload-req-body.bin"));
    assert_eq!(request.body, body_of("59-tftpFileUpload-upload-req.http"));
    assert_eq!(request.content_type, format!("multipart/form-data; boundary={BOUNDARY}"));
    assert_eq!(request.path, "/cmplatform/tftpFileUpload.do");
}

#[test]
fn upload_before_release_11_equals_the_recorded_bytes() {
    let file = recording("cucm/AppDialRules.xml");
    let boundary = "9b1e7c42d0a35f68b7c4e9d2a1f0836c";
    let request = upload(&rules(&file), None, boundary).expect("a request");
    assert_eq!(request.body, body_of("63-tftpFileUpload-before-11-req.http"));
}

#[test]
fn upload_that_a_form_cannot_hold_is_an_error() {
    let error = |file: FileUpload<'_>, boundary: &str| upload(&file, None, boundary).unwrap_err();
    assert_eq!(error(rules(b"x"), ""), FormError::Boundary);
    assert_eq!(error(rules(b"x"), "a b"), FormError::Boundary);
    assert_eq!(error(rules(b"--abc--"), "abc"), FormError::BoundaryInContent);
    for name in ["", "a\"b", "a\r\nb", "../a"] {
        assert_eq!(error(FileUpload { name, ..rules(b"x") }, "abc"), FormError::Name, "{name:?}");
    }
}

#[test]
fn login_form_escapes_user_and_password() {
    let request = login("admin", "a b&c=d%+é\"", false);
    assert!(!format!("{request:?}").contains("97, 100"), "{request:?}");
    let body = "appNav=cmplatform&j_username=admin&j_password=a+b%26c%3Dd%25%2B%C3%A9%22";
    assert_eq!(String::from_utf8(request.body).expect("text"), body);
    assert_eq!(request.path, "/cmplatform/j_security_check");
    let before_11 = login("admin", "", true);
    assert_eq!(before_11.path, "/cmplatform/WEB-INF/pages/j_security_check");
}
