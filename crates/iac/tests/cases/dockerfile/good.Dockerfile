# syntax=docker/dockerfile:1
ARG BASE=debian:12-slim@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
FROM rust:1.90@sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc AS build
RUN <<EOF
cargo build --release
EOF
FROM ${BASE}
ARG APP_USER=app
COPY --from=build /app /app
ADD --checksum=sha256:dddd https://example.org/data.bin /data.bin
USER ${APP_USER}:app
HEALTHCHECK CMD ["/app", "health"]
