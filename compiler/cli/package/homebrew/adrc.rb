# The formula for Homebrew. `.ci/manifests` fills in the version and the sums.
class Adrc < Formula
  desc "Dial rules for Cisco CUCM, written as text"
  homepage "https://github.com/adrc/adrc"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    url "https://github.com/adrc/adrc/releases/download/v@VERSION@/adrc-@VERSION@-universal-apple-darwin.tar.gz"
    sha256 "@SHA256 adrc-VERSION-universal-apple-darwin.tar.gz@"
  end

  on_linux do
    on_intel do
      url "https://github.com/adrc/adrc/releases/download/v@VERSION@/adrc-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 adrc-VERSION-x86_64-unknown-linux-musl.tar.gz@"
    end
    on_arm do
      url "https://github.com/adrc/adrc/releases/download/v@VERSION@/adrc-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256 adrc-VERSION-aarch64-unknown-linux-musl.tar.gz@"
    end
  end

  def install
    bin.install "adrc"
    man1.mkpath
    system bin/"adrc", "man", "--output", man1
    generate_completions_from_executable(bin/"adrc", "completions")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/adrc --version")
    system bin/"adrc", "new", "plan.adr"
    system bin/"adrc", "check", "plan.adr"
  end
end
