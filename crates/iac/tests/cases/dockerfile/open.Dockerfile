FROM --platform=linux/amd64 registry.example/base:${VERSION} AS base
USER nobody
FROM base
FROM scratch
COPY --from=base /x /x
