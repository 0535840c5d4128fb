# A template: packaging/README.md says what is replaced for a release.
class Rolehop < Formula
  desc "Who can reach prod? Audit and compliance scanner for AWS organizations"
  homepage "https://example.com/rolehop"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@DOWNLOADS@/rolehop-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256_aarch64-apple-darwin@"
    end
    on_intel do
      url "@DOWNLOADS@/rolehop-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256_x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@DOWNLOADS@/rolehop-@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256_aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@DOWNLOADS@/rolehop-@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256_x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "rolehop"
    man1.install Dir["man/man1/*.1"]
    bash_completion.install "completions/rolehop.bash" => "rolehop"
    zsh_completion.install "completions/_rolehop"
    fish_completion.install "completions/rolehop.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/rolehop --version")
    system bin/"rolehop", "demo"
    assert_match "reach", shell_output("#{bin}/rolehop who-can prod")
  end
end
