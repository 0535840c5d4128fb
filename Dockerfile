# A small image with nothing but rolehop and the libraries that it needs: no shell, no package manager, no root.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# code that is the same is kept once and relocations are packed; on other processors Rust links with another linker, which knows neither
RUN case "$(uname -m)" in \
      x86_64) export RUSTFLAGS="-C link-arg=-Wl,--icf=all -C link-arg=-Wl,-z,pack-relative-relocs" ;; \
    esac; \
    cargo build --profile dist --locked --features object-store && mkdir /work

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/dist/rolehop /usr/local/bin/rolehop
# snapshots and reports are written here: what is mounted in its place must be writable for user 65532
COPY --from=build --chown=65532:65532 /work /work
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/rolehop"]
CMD ["--help"]
