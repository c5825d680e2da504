FROM ubuntu
ARG NPM_TOKEN
ENV DB_PASSWORD=hunter2 \
    # a comment between
    STAGE=prod
ADD https://example.org/tool.tar.gz /opt/
RUN curl -fsSL https://example.org/install | sudo bash && \
    apt-get install -y curl
EXPOSE 22 8080/tcp
