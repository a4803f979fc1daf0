# Daybook in a container: the embedded log, the API and the agents that came with it.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: the image brings its own Node, and nothing else needs one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY projections ./projections
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production \
    DAYBOOK_DIR=/data \
    DAYBOOK_MEMORY=/memory \
    DAYBOOK_AGENTS=/agents
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY agents /agents
RUN install --directory --owner=node --group=node /data /memory
USER node
VOLUME /data /memory
EXPOSE 8080
# What `serve` ends on, after it has closed the log.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/src/cli/main.js"]
# Listening elsewhere than on loopback requires DAYBOOK_API_KEY.
CMD ["serve", "--host", "0.0.0.0", "--port", "8080", "--dir", "/data"]
