# A small image with nothing but rolehop and the libraries that it needs: no shell, no package manager, no root.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked --features object-store && mkdir /work

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/dist/rolehop /usr/local/bin/rolehop
# snapshots and reports are written here: what is mounted in its place must be writable for user 65532
COPY --from=build --chown=65532:65532 /work /work
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/rolehop"]
CMD ["--help"]
